import type { CraftGame, Rows } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { norm, randomStream, viewOf } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { lengthenedRows, sourceRows } from './lengthened-rows';

const classes = 4;
const perClass = 6;
const shape = [12, 12, 1];
const features = 144;

beforeAll(async () => {
  await startBackend();
});

const random = randomStream(9, 'lengthened');
const y = Int32Array.from({ length: classes * perClass }, (_, i) => i % classes);
const clean: Rows = {
  x: Float32Array.from({ length: y.length * features }, () => random.normal()),
  y,
  count: y.length,
  features,
};
/** As many rows of a label as there are clean rows of the other classes: each gets every wrong label once. */
const labels = Int32Array.from({ length: clean.count * (classes - 1) }, (_, j) =>
  Math.floor(j / (perClass * (classes - 1))),
);

/** Parameters of any hidden layers, without biases, and a last layer of zeros. */
function parametersOf(id: string, seed: number) {
  const model = createModel(id, shape, classes);
  const w = model.initialise(randomStream(seed, 'model'));
  for (const { name } of model.layout.views) if (name.endsWith('bias')) viewOf(w, model.layout, name).fill(0);
  viewOf(w, model.layout, model.lastLayer.weight).fill(0);
  return { model, w };
}

describe('lengthened rows', () => {
  it.each([
    ['lr', 1],
    ['nn-gc', 1],
    ['nn-gc', 2],
    ['nn-tgda', 1],
    ['cnn-gc', 1],
    ['cnn-tgda', 3],
  ])('cancel the whole gradient of %s, whatever its hidden layers (seed %p)', (id, seed) => {
    const { model, w } = parametersOf(id, seed);
    const oracles = createOracles(model);
    const gMu = oracles.gradient(w, clean).gradient;
    for (const epsilonD of [0.03, classes - 1]) {
      const game = { clean, classes, epsilonD, random: randomStream(1, 'attack') };
      const x = lengthenedRows(game, labels, 1);
      const gNu = oracles.gradient(w, { x, y: labels, count: labels.length, features }).gradient;
      const left = norm(gMu.map((value, i) => value + epsilonD * gNu[i]!));
      expect(norm(gMu)).toBeGreaterThan(0.01);
      expect(left).toBeLessThan(1e-5 * norm(gMu));
    }
    oracles.dispose();
  });

  it('are (classes - 1) / eps_d times a clean row of another class, or the share of it that is asked for', () => {
    const game = { clean, classes, epsilonD: 0.06, random: randomStream(1, 'attack') };
    const { rows, present } = sourceRows(game, labels);
    expect(present).toBe(classes);
    const x = lengthenedRows(game, labels, 0.5);
    rows.forEach((row, j) => {
      expect(y[row]).not.toBe(labels[j]);
      expect(x[j * features + 5]! / clean.x[row * features + 5]!).toBeCloseTo((0.5 * 3) / 0.06, 4);
    });
    const times = rows.reduce((seen, row) => seen.set(row, (seen.get(row) ?? 0) + 1), new Map<number, number>());
    expect([...times.values()]).toEqual(Array(clean.count).fill(classes - 1));
  });

  it('depend on the seed, and come from the only class there is where there is one', () => {
    const of = (seed: number, game: Pick<CraftGame, 'clean' | 'classes'>) =>
      sourceRows({ ...game, random: randomStream(seed, 'attack') }, labels);
    expect(of(1, { clean, classes })).toEqual(of(1, { clean, classes }));
    expect(of(2, { clean, classes })).not.toEqual(of(1, { clean, classes }));
    const alone = { clean: { ...clean, y: new Int32Array(clean.count) }, classes };
    const found = sourceRows({ ...alone, random }, new Int32Array(3));
    expect(found.present).toBe(1);
    expect([...found.rows].every((row) => row >= 0 && row < clean.count)).toBe(true);
  });
});
