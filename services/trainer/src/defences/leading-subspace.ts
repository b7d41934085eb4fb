/**
 * The leading eigenvectors of a symmetric positive semi-definite G by orthogonal iteration, Q <- orth(G Q), with a Rayleigh-Ritz step at
 * the end (Golub and Van Loan, "Matrix Computations", 4th ed., sections 8.2 and 8.3). Products are in 32 bits.
 */
import type { SanitiserGame } from '@theriac/game';
import { dot, symmetricEigen } from '@theriac/tensors';
import { tooLarge } from './share';

/** How it is found. */
export interface SubspaceSearch {
  /** It ends when the trace of Q' G Q no longer grows by more than this share. */
  readonly settled: number;
  /** Without a trace of this at the end, there is no need of the eigenpairs: none are given. */
  readonly atLeast: number;
}

/** Ritz values, descending, and their orthonormal vectors. */
export interface LeadingSubspace {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
}

const mostIterations = 200;

/** The `size` leading eigenpairs of G [width, width]; fewer where its rank is lower. Throws FAILED_PRECONDITION where G is not finite. */
export async function leadingSubspace(
  { products, random, pause }: Pick<SanitiserGame, 'products' | 'random' | 'pause'>,
  g: Float32Array,
  width: number,
  size: number,
  { settled, atLeast }: SubspaceSearch = { settled: 1e-7, atLeast: 0 },
): Promise<LeadingSubspace> {
  if (!g.every(Number.isFinite)) throw tooLarge('a second moment that is not finite');
  const draws = random.fork('subspace');
  const start = Array.from({ length: size }, () => Float64Array.from({ length: width }, () => draws.normal()));
  let q = await orthonormal(start, pause);
  let image = times(q);
  let energy = 0;
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    q = await orthonormal(image, pause);
    image = times(q);
    const before = energy;
    energy = q.reduce((sum, vector, k) => sum + dot(vector, image[k]!), 0);
    if (Math.abs(energy - before) <= settled * energy) break;
  }
  return energy < atLeast ? { values: [], vectors: [] } : rayleighRitz(q, image);

  function times(vectors: readonly Float64Array[]): Float64Array[] {
    const flat = new Float32Array(vectors.length * width);
    vectors.forEach((vector, k) => flat.set(vector, k * width));
    const found = vectors.length === 0 ? flat : products(flat, g, width);
    return vectors.map((_, k) => Float64Array.from(found.subarray(k * width, (k + 1) * width)));
  }
}

/** The eigenpairs of Q G Q' taken back: vectors of the span of Q. */
function rayleighRitz(q: readonly Float64Array[], image: readonly Float64Array[]): LeadingSubspace {
  const n = q.length;
  const small = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) small[i * n + j] = (dot(q[i]!, image[j]!) + dot(q[j]!, image[i]!)) / 2;
  const { values, vectors } = symmetricEigen(small, n);
  const order = Array.from({ length: n }, (_, k) => n - 1 - k);
  return {
    values: order.map((k) => Math.max(0, values[k]!)),
    vectors: order.map((k) => combined(q, vectors.subarray(k * n, (k + 1) * n))),
  };
}

function combined(q: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(q[0]?.length ?? 0);
  q.forEach((vector, k) => vector.forEach((value, i) => (sum[i]! += weights[k]! * value)));
  return sum;
}

/** An orthonormal basis of the span, by Gram-Schmidt, twice over; what depends on the vectors before it is left out. */
export async function orthonormal(
  vectors: readonly Float64Array[],
  pause: SanitiserGame['pause'],
): Promise<Float64Array[]> {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    await pause();
    const rest = Float64Array.from(vector);
    const length = Math.sqrt(dot(rest, rest));
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        const share = dot(rest, other);
        for (let k = 0; k < rest.length; k++) rest[k]! -= share * other[k]!;
      }
    const left = Math.sqrt(dot(rest, rest));
    if (left > 1e-6 * length) basis.push(rest.map((value) => value / left));
  }
  return basis;
}
