import { randomStream } from '@theriac/tensors';

/** The rows that join step `step`, each of 0 .. count - 1 independently with probability `rate`; ascending. */
export function joiningRows(count: number, rate: number, seed: number, step: number): Int32Array {
  const random = randomStream(seed, 'privacy', 'rows', step);
  const joining = new Int32Array(count);
  let size = 0;
  for (let row = 0; row < count; row++) if (rate === 1 || random.uniform() < rate) joining[size++] = row;
  return joining.slice(0, size);
}
