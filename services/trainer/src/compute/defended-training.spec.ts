/** Sanitisers before training, through the trainer's own handlers. */
import { storedValues, setBoard } from '@theriac/board';
import type { GameSpec } from '@theriac/contract/game';
import { heldRows, parseDefences } from '@theriac/game';
import { inlineCompute } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { sanitisers } from '../defences/registry';
import { trainerCompute } from './handlers';
import type { TrainerMethods, TrainInput, TrainOutcome } from './methods';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const compute = inlineCompute<TrainerMethods>(trainerCompute({ engine: { threads: 1 }, sessions: 2 }));
afterAll(() => compute.close());

const count = 10;

/** Poison far from everything, `count` rows of each of the two classes; and the share of each class that it is. */
async function farPoison() {
  const board = await setBoard(game);
  const clean = heldRows(board.clean);
  const random = randomStream(3, 'far');
  const x = Float32Array.from({ length: 2 * count * clean.features }, () => 40 + random.normal());
  const y = Int32Array.from({ length: 2 * count }, (_, j) => j % 2);
  const ofClass = [0, 1].map((label) => clean.y.filter((own) => own === label).length);
  return { poison: { x: storedValues(board, x), y }, clean: clean.count, ofClass };
}

async function train(change: Partial<TrainInput>, defence: string): Promise<{ outcome: TrainOutcome; slices: number }> {
  const input: TrainInput = {
    game,
    poison: undefined,
    protocol: 'p-tgda@2',
    seed: 5,
    keepEpochs: 2,
    sliceSeconds: 60,
    state: undefined,
    defence: parseDefences(defence, sanitisers),
    ...change,
  };
  for (let state = input.state, slices = 1; ; slices++) {
    const end = await compute.call('train', { ...input, state });
    if (end.outcome !== undefined) return { outcome: end.outcome, slices };
    state = end.state;
  }
}

describe('a defended training', () => {
  it('ends in the bytes of clean training where exactly the poison was left out', async () => {
    const { poison, clean, ofClass } = await farPoison();
    // Both classes are of one size, so that one share takes `count` rows of each.
    expect(ofClass[0]).toBe(ofClass[1]);
    const share = (count + 0.5) / (ofClass[0]! + count);
    const { outcome } = await train({ poison, protocol: 'p-gc@2' }, `l2:share=${share}:centroids=empirical`);
    expect([...outcome.removed]).toEqual(Array.from({ length: 2 * count }, (_, j) => clean + j));
    expect(outcome.rows).toBe(clean + 2 * count);
    const undefended = await train({ protocol: 'p-gc@2' }, 'none');
    expect(outcome.parameters).toEqual(undefended.outcome.parameters);
    expect(outcome.loss).toBe(undefended.outcome.loss);
  });

  it.each(sanitisers.map(({ id }) => id))('is plain training where %s leaves out nothing', async (id) => {
    const { poison } = await farPoison();
    const [plain, defended] = [await train({ poison }, 'none'), await train({ poison }, `${id}:share=0`)];
    expect(defended.outcome.removed).toHaveLength(0);
    expect(defended.outcome.kept).toEqual(plain.outcome.kept);
    expect(defended.outcome.gradientNorm).toBe(plain.outcome.gradientNorm);
  });

  it.each(['p-tgda@2', 'converged'])('of %s ends in the same bytes, however short its slices are', async (protocol) => {
    const { poison } = await farPoison();
    const chain = 'loss:share=0.02,knn:k=3,l2';
    const whole = await train({ poison, protocol }, chain);
    const parts = await train({ poison, protocol, sliceSeconds: 1e-6 }, chain);
    expect(parts.slices).toBeGreaterThan(whole.slices + 4);
    expect(parts.outcome.removed).toEqual(whole.outcome.removed);
    expect(parts.outcome.kept).toEqual(whole.outcome.kept);
    expect(parts.outcome.loss).toBe(whole.outcome.loss);
  });

  it('does not sanitise again what a checkpoint has sanitised', async () => {
    const { poison } = await farPoison();
    const defence = parseDefences('knn', sanitisers);
    const input = { game, poison, protocol: 'p-tgda@2', seed: 1, keepEpochs: 1, sliceSeconds: 1e-6, defence };
    const first = await compute.call('train', { ...input, state: undefined });
    const other = inlineCompute<TrainerMethods>(trainerCompute({ engine: { threads: 1 }, sessions: 1 }));
    const spy = jest.spyOn(
      sanitisers.find(({ id }) => id === 'knn')!,
      'remove',
    );
    const end = await other.call('train', { ...input, sliceSeconds: 60, state: first.state });
    expect(end.outcome?.removed.length).toBeGreaterThan(0);
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
    await other.close();
  });

  it('is refused where a class would be empty, and where a checkpoint is of another defence', async () => {
    await expect(train({}, 'slab:share=1')).rejects.toMatchObject({
      detail: { code: 'FAILED_PRECONDITION', field: 'defence' },
    });
    const input = { game, poison: undefined, protocol: 'p-tgda@2', seed: 1, keepEpochs: 1, sliceSeconds: 1e-6 };
    const { state } = await compute.call('train', { ...input, state: undefined });
    await expect(
      compute.call('train', { ...input, state, defence: parseDefences('l2', sanitisers) }),
    ).rejects.toMatchObject({ detail: { code: 'FAILED_PRECONDITION', field: 'resume_from' } });
  });

  it('stops within its sanitiser when the call is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    const input = { game, poison: undefined, protocol: 'p-tgda@2', seed: 1, keepEpochs: 1, sliceSeconds: 60 };
    const running = compute.call(
      'train',
      { ...input, state: undefined, defence: parseDefences('svd', sanitisers) },
      { signal: controller.signal },
    );
    await expect(running).rejects.toThrow('enough');
  });
});
