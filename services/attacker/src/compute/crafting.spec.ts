/** The craft loop's verdict, over a game whose derivatives are given here. */
import { derivativesShelf, setBoard } from '@theriac/board';
import { startBackend } from '@theriac/tensors/engine';
import { crafting } from './crafting';

const spec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };

async function work(change: (w: Float32Array) => Float32Array, loss: number) {
  const backend = await startBackend();
  const board = await setBoard(spec);
  const { oracles, follower } = derivativesShelf()(board);
  const input = {
    game: spec,
    attack: 'tgda',
    options: { parametrisation: 'direct', epochs: 1, batch: 335, solverIterations: 2, followerSteps: 1 },
    fraction: { kind: 'ratio', epsilonD: 0.1 } as const,
    constraint: undefined,
    cleanParameters: new Float32Array(6),
    seed: 1,
    sliceSeconds: 60,
    state: undefined,
  };
  const given = {
    ...follower,
    descend: async (w: Float32Array) => change(w),
    gradient: async (w: Float32Array) => ({ loss, gradient: w.map((_, k) => k - 2) }),
  };
  return crafting(input, board, { oracles, follower: given }, backend);
}

describe('the craft loop', () => {
  it('goes on while the loss is finite', async () => {
    const crafted = await work((w) => w.slice(), 3);
    let state = crafted.start();
    while (!state.done) state = await crafted.step(state);
    expect(crafted.outcome(state, 1)).toMatchObject({ seconds: 1, metrics: { loss: 3 } });
  });

  it('ends at once where the loss is no number', async () => {
    const crafted = await work((w) => w.slice(), NaN);
    await expect(crafted.step(crafted.start())).rejects.toMatchObject({
      detail: { code: 'ABORTED', field: 'attack', found: 'a loss of NaN' },
    });
  });
});
