import type { Dataset, Examples } from './dataset';
import { fromModelInput, modelInputReader, toModelInput } from './scaling';

const bytes: Examples = {
  count: 3,
  features: 2,
  stored: Uint8Array.of(0, 255, 51, 102, 1, 254),
  labels: new Uint8Array(3),
};
const floats: Examples = { ...bytes, stored: Float32Array.of(1, 2, 3, 4, 5, 6) };
const dataset = (train: Examples, mean: number[], sd: number[], storedRange: Dataset['storedRange']): Dataset => ({
  id: 'toy',
  shape: [2],
  features: 2,
  classes: 2,
  classNames: ['a', 'b'],
  train,
  storedRange,
  standardisation: { mean: Float32Array.from(mean), sd: Float32Array.from(sd) },
  digest: '',
});
const image = dataset(bytes, [0.5], [0.25], [0, 1]);
const table = dataset(floats, [1, 2], [2, 4], null);

const close = (found: Float32Array, expected: number[]) => {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 6);
};

describe('toModelInput', () => {
  it('standardises bytes, with one entry or one per channel', () => {
    close(toModelInput(bytes, image, 'standardised'), [-2, 2, -1.2, -0.4, (1 / 255 - 0.5) * 4, (254 / 255 - 0.5) * 4]);
    const channels = dataset(bytes, [0, 0.5], [1, 0.25], [0, 1]);
    close(toModelInput(bytes, channels, 'standardised', { from: 0, to: 2 }), [0, 2, 0.2, -0.4]);
  });

  it('has a symmetric and a stored scale', () => {
    close(toModelInput(bytes, image, 'symmetric', { from: 0, to: 2 }), [-1, 1, -0.6, -0.2]);
    close(toModelInput(bytes, image, 'stored', { from: 1, to: 2 }), [0.2, 0.4]);
    close(toModelInput(floats, table, 'stored'), [1, 2, 3, 4, 5, 6]);
  });

  it('standardises floats per feature', () => {
    close(toModelInput(floats, table, 'standardised'), [0, 0, 1, 0.5, 2, 1]);
  });

  it('refuses rows, features and scales that are not there', () => {
    for (const rows of [
      { from: -1, to: 1 },
      { from: 2, to: 1 },
      { from: 0, to: 4 },
      { from: 0.5, to: 1 },
    ]) {
      expect(() => toModelInput(bytes, image, 'stored', rows)).toThrow('allowed: 0 <= from <= to <= 3');
    }
    expect(() => toModelInput({ ...bytes, features: 3 }, image, 'stored')).toThrow('features is 3; allowed: 2.');
    expect(() => toModelInput(bytes, image, 'raw' as 'stored')).toThrow(
      'scaling is "raw"; allowed: standardised, symmetric, stored.',
    );
    expect(() => toModelInput(floats, table, 'symmetric')).toThrow('not confined to [0, 1]');
  });
});

describe('fromModelInput', () => {
  it.each(['standardised', 'symmetric', 'stored'] as const)('inverts the scale %s', (scaling) => {
    close(
      fromModelInput(toModelInput(bytes, image, scaling), image, scaling),
      Array.from(bytes.stored, (v) => v / 255),
    );
    if (scaling !== 'symmetric')
      close(fromModelInput(toModelInput(floats, table, scaling), table, scaling), [1, 2, 3, 4, 5, 6]);
  });
});

describe('modelInputReader', () => {
  it.each([
    [bytes, dataset(bytes, [0.5, 0.2], [0.25, 2], [0, 1])],
    [bytes, image],
    [floats, table],
  ])('gathers the rows that toModelInput makes (%#)', (part, of) => {
    const all = toModelInput(part, of, 'standardised');
    const row = (j: number) => [...all.subarray(2 * j, 2 * j + 2)];
    const reader = modelInputReader(part, of, 'standardised');
    expect([...reader.gather(Int32Array.of(2, 0, 2))]).toEqual([...row(2), ...row(0), ...row(2)]);
    expect([...reader.block(1, 3)]).toEqual([...row(1), ...row(2)]);
    expect(() => reader.gather(Int32Array.of(3))).toThrow('rows is 3; allowed: 0 to 2.');
  });
});
