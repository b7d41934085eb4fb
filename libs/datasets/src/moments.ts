import type { Examples } from './dataset';

/**
 * Mean and standard deviation (population form, in double precision) of each feature's stored values; a feature that never
 * varies gets the deviation 1, so that it standardises to zero.
 */
export function moments({ count, features, stored }: Examples): { mean: Float32Array; sd: Float32Array } {
  const unit = stored instanceof Uint8Array ? 255 : 1;
  const mean = new Float64Array(features);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < features; j++) mean[j]! += stored[row * features + j]! / unit / count;
  }
  const variance = new Float64Array(features);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < features; j++) variance[j]! += (stored[row * features + j]! / unit - mean[j]!) ** 2 / count;
  }
  return { mean: Float32Array.from(mean), sd: Float32Array.from(variance, (v) => (v > 0 ? Math.sqrt(v) : 1)) };
}
