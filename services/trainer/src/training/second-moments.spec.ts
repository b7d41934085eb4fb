import type { Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { secondMomentPreconditioner, secondMoments } from './second-moments';

beforeAll(async () => {
  await startBackend();
});

const [count, features, classes] = [90, 4, 3];
const size = features + 1;
const random = randomStream(2, 'rows');
const values = Float32Array.from({ length: count * features }, () => random.normal());

const rowsOf = (x: Float32Array): Rows => ({ x, y: new Uint8Array(count), count, features });

describe('the second moments of rows', () => {
  it('are those of a loop, whatever the chunk, and leave no tensor behind', () => {
    const before = liveTensors();
    const found = secondMoments(rowsOf(values), 17);
    const at = (j: number, k: number): number => (k === features ? 1 : (values[j * features + k] as number));
    for (let a = 0; a < size; a++) {
      for (let b = 0; b < size; b++) {
        let sum = 0;
        for (let j = 0; j < count; j++) sum += at(j, a) * at(j, b);
        expect(found[a * size + b]).toBeCloseTo(sum / count, 5);
      }
    }
    expect(liveTensors()).toBe(before);
  });
});

describe('the preconditioner', () => {
  it('undoes multiplication by half the moments', () => {
    const moments = secondMoments(rowsOf(values));
    const precondition = secondMomentPreconditioner(rowsOf(values), classes);
    const v = Float64Array.from({ length: size * classes }, () => random.normal());
    const product = new Float64Array(v.length);
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++)
        for (let c = 0; c < classes; c++)
          product[a * classes + c] =
            (product[a * classes + c] as number) +
            0.5 * (moments[a * size + b] as number) * (v[b * classes + c] as number);
    precondition(product).forEach((value, k) => expect(value).toBeCloseTo(v[k] as number, 3));
  });

  it.each([
    ['a constant feature', (k: number) => (k % features === 0 ? -0.4242 : (values[k] as number))],
    ['two equal features', (k: number) => values[k % features === 1 ? k - 1 : k] as number],
    ['rows of very different lengths', (k: number) => (k < features ? 1e4 : 1) * (values[k] as number)],
  ])('stays finite and positive for %s', (_, valueAt) => {
    const x = values.map((__, k) => valueAt(k));
    const precondition = secondMomentPreconditioner(rowsOf(x), classes);
    const g = Float64Array.from({ length: size * classes }, () => random.normal());
    const inner = precondition(g).reduce((sum, value, k) => sum + value * (g[k] as number), 0);
    expect(inner).toBeGreaterThan(0);
    expect(Number.isFinite(inner)).toBe(true);
  });
});
