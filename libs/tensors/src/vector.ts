/** <a, b> in double precision; equal lengths. */
export function dot(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The Euclidean norm, summed in double precision. */
export function norm(a: Float32Array | Float64Array): number {
  return Math.sqrt(dot(a, a));
}

/** a + scale * b as a new vector. */
export function addScaled(a: Float64Array, scale: number, b: Float64Array): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = a[i]! + scale * b[i]!;
  return sum;
}
