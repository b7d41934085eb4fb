import type { GameSpec } from '@theriac/contract/game';
import { loadDataset, toModelInput } from '@theriac/datasets';
import type { Examples } from '@theriac/datasets';
import { loadTestSplit } from '@theriac/datasets/test-split';
import { inlineCompute } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { evaluatorCompute } from './handlers';
import type { EvaluatorMethods } from './methods';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const compute = inlineCompute<EvaluatorMethods>(evaluatorCompute({ engine: { threads: 1 }, sessions: 1 }));
afterAll(() => compute.close());

async function setting() {
  const dataset = await loadDataset('gaussians');
  const test = await loadTestSplit('gaussians');
  const { features, classes } = dataset;
  const random = randomStream(7, 'parameters');
  const w = Float32Array.from({ length: (features + 1) * classes }, () => random.normal());
  return { dataset, test, features, classes, w };
}

/** Logits of row j, float64, straight from the definition. */
function logitsAt(x: Float32Array, j: number, w: Float32Array, features: number, classes: number): number[] {
  return Array.from({ length: classes }, (_, k) => {
    let z = w[features * classes + k] as number;
    for (let i = 0; i < features; i++) z += (x[j * features + i] as number) * (w[i * classes + k] as number);
    return z;
  });
}

function crossEntropyOf(z: readonly number[], label: number): number {
  const top = Math.max(...z);
  return Math.log(z.reduce((sum, value) => sum + Math.exp(value - top), 0)) + top - (z[label] as number);
}

const inputOf = (examples: Examples, dataset: Parameters<typeof toModelInput>[1]): Float32Array =>
  toModelInput(examples, dataset, 'standardised');

describe('scores', () => {
  it('are those of a loop over the test rows, for each of several models', async () => {
    const { dataset, test, features, classes, w } = await setting();
    const parameters = new Float32Array(2 * w.length);
    parameters.set(w);
    parameters.set(
      w.map((value) => -value),
      w.length,
    );
    const { scores, testCount } = await compute.call('score', { game, parameters, models: 2 });
    expect(testCount).toBe(test.count);
    const x = inputOf(test, dataset);
    [w, w.map((value) => -value)].forEach((own, model) => {
      let [right, loss] = [0, 0];
      const perClass = Array.from({ length: classes }, () => ({ right: 0, all: 0 }));
      for (let j = 0; j < test.count; j++) {
        const z = logitsAt(x, j, own, features, classes);
        const label = test.labels[j] as number;
        const hit = z.indexOf(Math.max(...z)) === label ? 1 : 0;
        right += hit;
        loss += crossEntropyOf(z, label) / test.count;
        const entry = perClass[label] as { right: number; all: number };
        entry.right += hit;
        entry.all += 1;
      }
      const score = scores[model];
      expect(score?.accuracy).toBeCloseTo(right / test.count, 10);
      expect(score?.loss).toBeCloseTo(loss, 4);
      expect(score?.perClass).toEqual(perClass.map((entry) => entry.right / entry.all));
      expect(score?.confusion.reduce((sum, count) => sum + count, 0)).toBe(test.count);
    });
  });

  it('of a signal take its values in stored units', async () => {
    const { dataset, test, features, classes, w } = await setting();
    const signal = { name: 'signal', features: [1], values: [2.5], target: 1 };
    const { scores } = await compute.call('score', { game, parameters: w, models: 1, signals: [signal] });
    const stored = Float32Array.from(test.stored, (value, i) => (i % features === 1 ? 2.5 : value));
    const x = inputOf({ ...test, stored }, dataset);
    const answers = Array.from({ length: test.count }, (_, j) => {
      const z = logitsAt(x, j, w, features, classes);
      return z.indexOf(Math.max(...z));
    });
    expect(scores[0]?.success).toEqual([answers.filter((answer) => answer === 1).length / test.count]);
  });

  it('refuse a signal that does not fit the rows, naming it', async () => {
    const { w } = await setting();
    const signals = [{ name: 'signal', features: [99], values: [1], target: 1 }];
    await expect(compute.call('score', { game, parameters: w, models: 1, signals })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'signals[0].features' },
    });
  });

  it('refuse parameters of another size, naming the field', async () => {
    await expect(compute.call('score', { game, parameters: new Float32Array(3), models: 1 })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'parameters' },
    });
  });
});

describe('the transition threshold', () => {
  it('has CE - H equal to the inner product of w and the gradient', async () => {
    const { w } = await setting();
    const found = await compute.call('threshold', { game, parameters: w });
    expect(found.gradientInnerProduct).toBeCloseTo(found.innerProduct, 4);
    expect(found.tau).toBeCloseTo(Math.max(0, found.innerProduct / found.constant), 12);
  });
});

describe('reachability', () => {
  it('is the gradient norm where there is no poison, and 0 where every row is answered by its opposite', async () => {
    const { w, features } = await setting();
    const none = { x: new Float32Array(0), y: new Int32Array(0) };
    const clean = await compute.call('reachability', { game, parameters: w, poison: none });
    expect(clean.norm).toBeCloseTo(clean.cleanNorm, 6);
    expect(clean.epsilonD).toBe(0);
    // At w = 0 both classes have probability 1/2, so that relabelling every row reverses its gradient.
    const { dataset } = await setting();
    const opposite = {
      x: Float32Array.from(dataset.train.stored),
      y: Int32Array.from(dataset.train.labels, (label) => 1 - label),
    };
    const origin = new Float32Array(w.length);
    const cancelled = await compute.call('reachability', { game, parameters: origin, poison: opposite });
    expect(opposite.x.length).toBe(opposite.y.length * features);
    expect(cancelled.epsilonD).toBe(1);
    expect(cancelled.cleanNorm).toBeGreaterThan(0.1);
    expect(cancelled.norm).toBeLessThan(1e-5);
  });
});

describe('poison that replaces', () => {
  it('reaches w by its own gradient alone, where it replaces everything', async () => {
    const { dataset, w } = await setting();
    const all = { x: Float32Array.from(dataset.train.stored), y: Int32Array.from(dataset.train.labels) };
    const none = { x: new Float32Array(0), y: new Int32Array(0) };
    const clean = await compute.call('reachability', { game, parameters: w, poison: none });
    const base = Int32Array.from(all.y.keys());
    const placed = { ...all, base, placement: 'replaced' as const };
    const found = await compute.call('reachability', { game, parameters: w, poison: placed });
    // The rows replace themselves: chi is mu.
    expect(found.norm).toBeCloseTo(clean.norm, 5);
    expect(found.cleanNorm).toBe(0);
    expect(found.lowerBound).toBe(0);
    const some = { x: all.x.subarray(0, 20), y: all.y.subarray(0, 20 / dataset.features) };
    const few = { ...some, base: Int32Array.from(some.y.keys()), placement: 'replaced' as const };
    expect((await compute.call('reachability', { game, parameters: w, poison: few })).norm).toBeCloseTo(clean.norm, 5);
  });

  it('is held to a row of mu of its own for each of its rows, and to a share of at most 1', async () => {
    const { features } = await setting();
    const poison = { x: new Float32Array(2 * features), y: new Int32Array(2), placement: 'replaced' as const };
    const constraint = { kind: 'none', radius: 0, fixedLabels: false };
    const ask = (base: Int32Array | undefined, epsilonD: number) =>
      compute.call('verifyPoison', {
        game,
        poison: { ...poison, base },
        constraint,
        fraction: { kind: 'ratio', epsilonD },
      });
    const { violations } = await ask(Int32Array.of(4, 4), 0.003);
    expect(violations).toMatchObject([{ rule: 'placement', rows: 1 }]);
    expect((await ask(Int32Array.of(4, 5), 0.003)).violations).toEqual([]);
    for (const [base, field] of [
      [undefined, 'poison.base'],
      [Int32Array.of(4, 1e6), 'poison.base'],
    ] as const)
      await expect(ask(base, 0.003)).rejects.toMatchObject({ detail: { code: 'INVALID_ARGUMENT', field } });
    await expect(ask(Int32Array.of(4, 5), 1.5)).rejects.toMatchObject({ detail: { field: 'poison_fraction' } });
  });
});

describe('verification of poison', () => {
  const constraint = { kind: 'none', radius: 0, fixedLabels: false };
  const rows = (count: number, features: number) => ({
    x: new Float32Array(count * features),
    y: new Int32Array(count),
    base: undefined,
  });

  it('counts rows against the fraction', async () => {
    const { dataset, features } = await setting();
    const allowed = Math.floor(0.1 * dataset.train.count);
    const fraction = { kind: 'ratio', epsilonD: 0.1 } as const;
    const good = await compute.call('verifyPoison', { game, poison: rows(allowed, features), constraint, fraction });
    expect(good).toMatchObject({ count: allowed, allowed, violations: [] });
    const many = await compute.call('verifyPoison', {
      game,
      poison: rows(allowed + 2, features),
      constraint,
      fraction,
    });
    expect(many.violations).toMatchObject([{ rule: 'count', worst: 2 }]);
  });

  it.each([
    ['a label that is no class', { y: Int32Array.of(2) }, 'poison.y'],
    ['a value that is not finite', { x: Float32Array.of(NaN, 0, 0, 0).subarray(0, 2) }, 'poison.x'],
    ['too few values', { x: new Float32Array(1) }, 'poison.x'],
  ])('refuses %s', async (_, change, field) => {
    const { features } = await setting();
    const poison = { ...rows(1, features), ...change };
    const fraction = { kind: 'ratio', epsilonD: 0.1 } as const;
    await expect(compute.call('verifyPoison', { game, poison, constraint, fraction })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field },
    });
  });
});
