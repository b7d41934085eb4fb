import { parseOptions } from '@theriac/game';
import type { Attack, Batch, CraftGame, OptionValue, PlainState } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { tgda } from '../tgda';
import { withEnsemble } from './ensemble';
import { ensembleFollower } from './ensemble-follower';
import { withRestarts } from './restarts';
import type { JudgedAttack } from './restarts';

const size = { features: 4, classes: 3, clean: 60, poison: 6 };

beforeAll(async () => {
  await startBackend();
});

async function finished(attack: Attack, game: CraftGame, given: Record<string, OptionValue>) {
  const options = parseOptions(attack.options, given, attack.id);
  const states: PlainState[] = [attack.start(game, options)];
  // A copy at every step: nothing but the state may be remembered.
  while (!states.at(-1)!.done) states.push(await attack.step(structuredClone(states.at(-1)!), game, options));
  const last = states.at(-1)!;
  return { states, last, poison: attack.poison(last, game, options), metrics: attack.metrics(last) };
}

/** Draws a number in each of its two steps; the last one is how well it went, and its poison's only value. */
const lottery: JudgedAttack = {
  id: 'lottery',
  summary: 's',
  source: 'baseline',
  needs: [],
  options: [],
  start: () => ({ step: 0, of: 2, done: false, scalars: { drawn: 0 }, arrays: {} }),
  step: ({ step }, game) => {
    const drawn = game.random.fork(`step ${step}`).uniform();
    return { step: step + 1, of: 2, done: step === 1, scalars: { drawn }, arrays: { drawn: Float64Array.of(drawn) } };
  },
  poison: (state, game) => ({
    x: Float32Array.from([...state.arrays['drawn']!, game.random.fork('poison').uniform()]),
    y: Int32Array.of(0),
    baseIndices: Int32Array.of(0),
    count: 1,
    features: 2,
  }),
  metrics: ({ scalars }) => ({ drawn: scalars['drawn'] as number }),
  objective: ({ scalars }) => scalars['drawn'] as number,
};

describe('restarts', () => {
  const game = toyGame(size);
  const drawnIn = (run: number): number =>
    (run === 0 ? game.random : game.random.fork(`restart ${run}`)).fork('step 1').uniform();

  it('keep the best of the runs, with the random choices of that run', async () => {
    const { poison, metrics, states } = await finished(withRestarts(lottery), game, { restarts: 5 });
    const draws = [0, 1, 2, 3, 4].map(drawnIn);
    const best = draws.indexOf(Math.max(...draws));
    expect(metrics).toMatchObject({ bestRun: best, bestObjective: draws[best] });
    const random = best === 0 ? game.random : game.random.fork(`restart ${best}`);
    expect([...poison.x]).toEqual([...Float32Array.of(draws[best]!, random.fork('poison').uniform())]);
    expect(states.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(states.every(({ of }) => of === 10)).toBe(true);
    expect(new Set(draws).size).toBe(5);
  });

  it('change nothing where there is one run', async () => {
    const plain = await finished(lottery, game, {});
    expect((await finished(withRestarts(lottery), game, {})).states).toEqual(plain.states);
  });
});

describe('an ensemble', () => {
  const game = toyGame(size);
  const batch: Batch = {
    clean: { from: 0, to: 40 },
    nu: { x: Float32Array.from({ length: 24 }, (_, k) => Math.sin(k)), y: new Int32Array(6), count: 6, features: 4 },
  };
  const p = game.wClean.length;
  const [a, b] = [game.wClean, game.wClean.map((value, k) => value + Math.cos(k))];
  const both = Float32Array.from([...a, ...b]);
  const follower = ensembleFollower(game.follower, 2, p);
  const expectClose = (found: ArrayLike<number>, expected: ArrayLike<number>, digits = 5): void => {
    expect(found).toHaveLength(expected.length);
    for (let k = 0; k < expected.length; k++) expect(found[k]).toBeCloseTo(expected[k]!, digits);
  };

  it('has the loss that is the mean, and its gradient, by central differences', async () => {
    const { gradient, loss } = await follower.gradient(both, batch);
    const losses = [await game.follower.gradient(a, batch), await game.follower.gradient(b, batch)];
    expect(loss).toBeCloseTo((losses[0]!.loss + losses[1]!.loss) / 2, 6);
    for (const k of [0, p + 3]) {
      const at = async (by: number) =>
        (
          await follower.gradient(
            both.map((value, i) => value + (i === k ? by : 0)),
            batch,
          )
        ).loss;
      expect(gradient[k]).toBeCloseTo(((await at(0.05)) - (await at(-0.05))) / 0.1, 3);
    }
  });

  it('has the Hessian of that gradient, and its inverse', async () => {
    const v = both.map((_, k) => Math.sin(3 * k));
    const h = 0.01;
    const [after, before] = await Promise.all(
      [h, -h].map((by) =>
        follower.gradient(
          both.map((value, k) => value + by * v[k]!),
          batch,
        ),
      ),
    );
    const product = await follower.hessianVectorProduct(both, v, batch);
    expectClose(
      product,
      after!.gradient.map((value, k) => (value - before!.gradient[k]!) / (2 * h)),
      3,
    );
    const solver = { kind: 'cgnr', iterations: 60, damping: 0, tolerance: 0 } as const;
    const solved = await follower.inverseHessianVectorProduct(both, product, batch, solver);
    expectClose(await follower.hessianVectorProduct(both, solved.product, batch), product, 3);
    expect(solved.relativeResidual).toBeLessThan(0.02);
  });

  it('has the mixed product of the mean, and lets each surrogate descend by itself', async () => {
    const v = both.map((_, k) => Math.cos(k));
    const [first, second] = [
      await game.follower.poisonVectorProduct(a, v.subarray(0, p), batch),
      await game.follower.poisonVectorProduct(b, v.subarray(p), batch),
    ];
    expectClose(
      await follower.poisonVectorProduct(both, v, batch),
      first.map((value, k) => (value + second[k]!) / 2),
    );
    const how = { steps: 2, learningRate: 0.3 };
    const down = await follower.descend(both, batch, how);
    expectClose(down.subarray(p), await game.follower.descend(b, batch, how));
  });

  it('carries an attack over fresh surrogates that it trains first; one changes nothing', async () => {
    const given = { parametrisation: 'direct', epochs: 1, batch: 30, followerSteps: 2, solverIterations: 3 };
    const plain = await finished(tgda, game, given);
    const wrapped = withRestarts(withEnsemble(tgda));
    expect((await finished(wrapped, game, given)).poison).toEqual(plain.poison);
    const several = await finished(wrapped, game, { ...given, surrogates: 3, surrogatePasses: 5, restarts: 2 });
    expect(several.poison.x).not.toEqual(plain.poison.x);
    expect(several.poison.x).toHaveLength(24);
    expect(several.states).toHaveLength(1 + 2 * (5 + 2));
    expect(several.metrics['bestObjective']).toBeGreaterThan(0);
  });
});
