import { randomStream } from '@theriac/tensors';
import { parseOptions } from '../../attack';
import { combineConstraints, createConstraint } from '../../constraint';
import { regressionGradient } from '../../softmax-regression';
import type { OnlineAttack, OnlineView, StoredRows } from '../attack';
import { ascend, labelled, labellings } from '../ascent';
import { toyOracles } from '../fakes/toy-players';
import { accumulative, accumulativeTarget } from './accumulative';
import { controlObjective, gradientControl } from './gradient-control';
import { greedy, greedyObjective } from './greedy';
import { onlineAttacks } from './registry';

const [features, classes, perTick] = [6, 4, 20];
const size = (features + 1) * classes;
const random = randomStream(4, 'online attacks');
const uniforms = (length: number) => Float32Array.from({ length }, () => random.uniform());
const normals = (length: number, scale = 1) => Float32Array.from({ length }, () => scale * random.normal());
const rowsOf = (count: number): StoredRows => ({
  x: uniforms(count * features),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
});
const validation = rowsOf(40);
const oracles = toyOracles(validation, classes);
const [wClean, w] = [normals(size, 0.5), normals(size, 0.5)];
const box = createConstraint('box', { storedRange: [0, 1] });
const viewOf = (changes: Partial<OnlineView> = {}): OnlineView => ({
  tick: 1,
  w,
  wClean,
  wReversed: wClean.map((value) => -value),
  learningRate: 0.5,
  perTick,
  classes,
  constraint: box,
  oracles,
  random: randomStream(1, 'attack', 1),
  lasting: randomStream(1, 'attack'),
  draw: (count, from) => {
    const order = from.permutation(validation.count);
    const x = new Float32Array(count * features);
    const y = new Int32Array(count);
    for (let k = 0; k < count; k++) {
      const row = order[k] as number;
      x.set(validation.x.subarray(row * features, (row + 1) * features), k * features);
      y[k] = validation.y[row] as number;
    }
    return { x, y, count, features };
  },
  ...changes,
});
const options = (attack: OnlineAttack, given: Record<string, unknown> = {}) =>
  parseOptions(attack.options, given, attack.id);
const lossAt = (at: ArrayLike<number>) => regressionGradient(Float64Array.from(at), validation, classes).loss;
const inner = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, k) => sum + value * (b[k] as number), 0);
const gradientOf = (rows: StoredRows, at: ArrayLike<number> = w) =>
  regressionGradient(Float64Array.from(at), rows, classes).gradient;
const movedBy = (g: ArrayLike<number>, step: number) => [...w].map((value, k) => value - step * (g[k] as number));

describe('labellings', () => {
  it('are all moves and all equal labels', () => {
    const all = labellings(Int32Array.of(0, 2), 3).map((y) => [...y]);
    expect(all).toEqual([
      [0, 2],
      [1, 0],
      [2, 1],
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });

  it('are chosen by the largest objective', async () => {
    const base = rowsOf(5);
    const v = normals(size);
    const objective = { value: (g: Float32Array) => inner(g, v), direction: () => v };
    const chosen = await labelled(viewOf(), base, objective);
    const values = labellings(base.y, classes).map((y) => inner(gradientOf({ ...base, y }), v));
    expect(inner(gradientOf(chosen), v)).toBeCloseTo(Math.max(...values), 6);
  });
});

describe('the ascent', () => {
  it('moves along the sign of the derivative of J by the rows', async () => {
    const base = rowsOf(3);
    const target = normals(size);
    const objective = controlObjective(target, 0.3);
    const one = await ascend(viewOf({ constraint: combineConstraints([]) }), base, objective, { steps: 1, step: 1e-3 });
    const rows = { ...base, y: one.y };
    const value = (x: Float32Array): number => {
      const g = gradientOf({ ...rows, x });
      return -0.5 * [...target].reduce((sum, part, k) => sum + (part - 0.3 * (g[k] as number)) ** 2, 0);
    };
    base.x.forEach((_, k) => {
      const shifted = (h: number) => base.x.map((entry, at) => (at === k ? entry + h : entry));
      const slope = value(shifted(0.01)) - value(shifted(-0.01));
      if (Math.abs(slope) > 1e-5)
        expect(Math.sign((one.x[k] as number) - (base.x[k] as number))).toBe(Math.sign(slope));
    });
  });

  it.each(onlineAttacks.map((attack) => [attack.id, attack] as const))('%s stays within Gamma', async (_, attack) => {
    const rows = await attack.craft(viewOf(), 4, options(attack, { steps: 6 }));
    expect(rows).toMatchObject({ count: 4, features });
    expect(box.violations({ ...rows, baseIndices: new Int32Array(4) }, { x: rows.x, y: rows.y })).toEqual([]);
    expect(rows.y.every((label) => label >= 0 && label < classes)).toBe(true);
    const fixed = combineConstraints([box, createConstraint('fixed-labels', { storedRange: [0, 1] })]);
    const view = viewOf({ constraint: fixed });
    expect((await attack.craft(view, 4, options(attack))).y).toEqual(view.draw(4, randomStream(1, 'attack', 1)).y);
  });
});

describe('greedy', () => {
  it('has the one-step hypergradient as its derivative', async () => {
    // dL(w - h g)/dh at 0 is J(g) = -<grad L, g>.
    const { gradient } = await oracles.validation(w);
    const g = Float32Array.from(gradientOf(rowsOf(4)));
    const slope = (lossAt(movedBy(g, 1e-4)) - lossAt(movedBy(g, -1e-4))) / 2e-4;
    expect(greedyObjective(gradient).value(g)).toBeCloseTo(slope, 4);
  });

  it('raises the loss after the step more than its base rows under any labelling', async () => {
    const rows = await greedy.craft(viewOf(), 4, options(greedy, { steps: 10, step: 0.1 }));
    const after = (tried: StoredRows) => lossAt(movedBy(gradientOf(tried), 0.1));
    const base = viewOf().draw(4, randomStream(1, 'attack', 1));
    const others = labellings(base.y, classes).map((y) => after({ ...base, y }));
    expect(after(rows)).toBeGreaterThan(Math.max(...others));
    expect(after(rows)).toBeGreaterThan(lossAt(w));
  });
});

describe('gradient-control', () => {
  it('leads nearer to its target than its base rows under any labelling', async () => {
    const view = viewOf();
    const rows = await gradientControl.craft(view, 10, options(gradientControl, { steps: 10, step: 0.1 }));
    const distance = (tried: StoredRows) =>
      Math.hypot(...movedBy(gradientOf(tried), 0.25).map((value, k) => value - (view.wReversed[k] as number)));
    const base = view.draw(10, randomStream(1, 'attack', 1));
    const others = labellings(base.y, classes).map((y) => distance({ ...base, y }));
    expect(distance(rows)).toBeLessThan(Math.min(...others));
    expect(distance(rows)).toBeLessThan(
      Math.hypot(...movedBy(new Float64Array(size), 0).map((value, k) => value - (view.wReversed[k] as number))),
    );
  });

  it('does not overshoot: at the target it asks for a gradient of zero', () => {
    const { value } = controlObjective(new Float32Array(3), 0.5);
    expect(value(new Float32Array(3))).toBeCloseTo(0, 12);
    expect(value(Float32Array.of(1, 0, 0))).toBeLessThan(0);
  });
});

describe('accumulative', () => {
  const trigger = rowsOf(6);
  const q = (at: ArrayLike<number>) =>
    inner(regressionGradient(Float64Array.from(at), validation, classes).gradient, gradientOf(trigger, at));

  it('has the derivative of <grad L, g(trigger)> as its slope', async () => {
    const { gradient } = await oracles.validation(w);
    const first = await oracles.validationProduct(w, Float32Array.from(gradientOf(trigger)));
    const second = await oracles.product(w, trigger, gradient);
    const v = normals(size);
    const slope = (q(movedBy(v, -1e-4)) - q(movedBy(v, 1e-4))) / 2e-4;
    expect(inner(first, v) + inner(second, v)).toBeCloseTo(slope, 4);
  });

  it('aims square to grad L, at a step of the size that it is told', () => {
    const [slope, gradient] = [normals(size), normals(size)];
    const target = accumulativeTarget(slope, gradient, 0.5);
    expect(inner(target, gradient)).toBeCloseTo(0, 4);
    expect(Math.hypot(...target)).toBeCloseTo(0.5 * Math.hypot(...gradient), 5);
    expect(inner(target, slope)).toBeGreaterThan(0);
    expect([...accumulativeTarget(Float32Array.of(3, 4), Float32Array.of(2, 0), 1)]).toEqual([0, 2]);
    expect([...accumulativeTarget(Float32Array.of(3, 4), Float32Array.of(0, 0), 1)]).toEqual([0, 0]);
  });

  it('moves nearer to that aim than doing nothing', async () => {
    const view = viewOf();
    const rows = await accumulative.craft(view, 8, options(accumulative, { trigger: 5, steps: 10, step: 0.1 }));
    const { gradient } = await oracles.validation(w);
    const known = await greedy.craft(
      viewOf({ random: view.lasting.fork('trigger') }),
      8,
      options(greedy, { steps: 10, step: 0.1 }),
    );
    const first = await oracles.validationProduct(w, Float32Array.from(gradientOf(known)));
    const second = await oracles.product(w, known, gradient);
    const target = accumulativeTarget(
      first.map((value, k) => value + (second[k] as number)),
      gradient,
      1,
    );
    const left = Array.from(gradientOf(rows), (value, k) => (target[k] as number) - 0.4 * value);
    expect(Math.hypot(...left)).toBeLessThan(Math.hypot(...target));
  });

  it('sends its usual rows, then the burst, then nothing', () => {
    const given = options(accumulative, { trigger: 5, burst: 0.75 });
    expect([1, 4, 5, 6].map((tick) => accumulative.count(tick, 2, 20, given))).toEqual([2, 2, 15, 0]);
  });

  it('is greedy at its trigger, with rows that it has known from the start', async () => {
    const view = viewOf({ tick: 5 });
    const rows = await accumulative.craft(view, 6, options(accumulative, { trigger: 5 }));
    const same = viewOf({ random: randomStream(1, 'attack').fork('trigger') });
    expect(rows).toEqual(await greedy.craft(same, 6, options(greedy)));
  });
});
