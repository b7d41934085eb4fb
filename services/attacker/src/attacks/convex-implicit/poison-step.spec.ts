import { regressionGradient } from '@theriac/game';
import type { Rows } from '@theriac/game';
import { dot, randomStream } from '@theriac/tensors';
import { implicitDirection, labelInfluence, movedRows, relabelled } from './poison-step';

const [features, classes, count] = [4, 3, 6];
const random = randomStream(6, 'poison-step');
const vector = () => Float64Array.from({ length: (features + 1) * classes }, () => random.normal());
const [w, q] = [vector(), vector()];
const nu: Rows = {
  x: Float32Array.from({ length: count * features }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
};

/** -<grad_w ell(x, y; w), q> of one row. */
function pull(x: Float64Array, label: number): number {
  const row = { x, y: [label], count: 1, features };
  return -dot(regressionGradient(w, row, classes).gradient, q);
}
const row = (j: number) => Float64Array.from(nu.x.subarray(j * features, (j + 1) * features));

describe('labelInfluence', () => {
  it('is minus the inner product of q with the gradient under each label', () => {
    const influence = labelInfluence(w, q, nu, classes);
    for (let j = 0; j < count; j++)
      for (let k = 0; k < classes; k++) expect(influence[j * classes + k]).toBeCloseTo(pull(row(j), k), 10);
  });
});

describe('implicitDirection', () => {
  it('is the derivative of that by the row', () => {
    const direction = implicitDirection(w, q, nu, classes);
    for (let j = 0; j < count; j++)
      for (let i = 0; i < features; i++) {
        const at = (step: number) => pull(row(j).with(i, row(j)[i]! + step), nu.y[j]!);
        expect(direction[j * features + i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 7);
      }
  });
});

describe('relabelled', () => {
  it('changes the labels that promise most, no more than allowed, and none that promises nothing', () => {
    const labels = Int32Array.from([0, 1, 2]);
    const influence = Float64Array.from([0, 3, 1, 0, 9, 0, 5, 0, 1]);
    expect([...relabelled(labels, influence, 3, 3)]).toEqual([1, 1, 0]);
    expect([...relabelled(labels, influence, 3, 1)]).toEqual([0, 1, 0]);
    expect([...labels]).toEqual([0, 1, 2]);
  });
});

describe('movedRows', () => {
  const game = {
    clean: nu,
    toModelInput: (x: Float32Array) => x.map((value) => 1 - 2 * value),
    constraint: {
      limitsPixels: true,
      project: (x: Float32Array) => x.map((value) => Math.min(1, Math.max(0, value))),
    },
  } as unknown as Parameters<typeof movedRows>[0];
  const still = {
    stored: new Float32Array(count * features).fill(0.5),
    momentum: new Float32Array(count * features),
    second: new Float32Array(count * features),
  };
  const direction = Float64Array.from({ length: count * features }, () => random.normal());
  const base = still.stored;

  it('moves free pixels uphill in stored space, within Gamma, and no others', () => {
    const { stored } = movedRows(game, still, direction, { free: Int32Array.of(1, 3), base, length: 9 });
    stored.forEach((value, at) => {
      const free = at % features === 1 || at % features === 3;
      // The model sees 1 - 2x: uphill for the model is downhill in stored space.
      expect(value).toBe(free ? (direction[at]! > 0 ? 0 : 1) : 0.5);
    });
  });

  it('moves every row alike, however small its slope', () => {
    const free = Int32Array.of(0, 1, 2, 3);
    const small = direction.map((value, at) => (at < features ? 1e-9 : 1) * value);
    const moved = movedRows(game, still, small, { free, base, length: 0.01 }).stored;
    const expected = movedRows(game, still, direction, { free, base, length: 0.01 }).stored;
    moved.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 6));
  });
});
