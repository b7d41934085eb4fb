/**
 * Conjugate gradients for H q = b with H symmetric and known by its products alone (Hestenes and Stiefel, 1952; Golub and Van Loan,
 * "Matrix Computations", 4th ed., section 11.3), on vectors in the engine:
 *   conjugateGradient        (H + damping I) q = b, H + damping I positive definite;
 *   conjugateGradientNormal  (H^2 + damping I) q = H b, for any symmetric H; with damping 0 and 16 iterations as published for TGDA
 *                            (Lu, Kamath and Yu, TMLR 2022), in the form CGLS, which is the same in exact arithmetic and loses less.
 * A matVec takes a vector [p], leaves it alone, and returns a new one.
 */
import { invalid, TheriacError } from './errors';
import { tf } from './tf';

export interface LinearSolution {
  /** The caller disposes. */
  solution: tf.Tensor1D;
  /**
   * The true one, computed anew at the end: |(H + damping I) q - b| / |b|, and |H q - b| / |b| for the normal equations; 0 if b = 0.
   */
  relativeResidual: number;
  iterations: number;
  /** converged: tolerance reached; budget: iterations used up; indefinite: a direction without positive curvature was met. */
  stopped: 'converged' | 'budget' | 'indefinite';
}

export interface ConjugateGradientOptions {
  /** At most so many, >= 0. */
  iterations: number;
  /** On the relative residual; for the normal equations on |H(b - H q) - damping q| / |H b|. */
  tolerance: number;
  /** Added to the diagonal, >= 0; default 0. */
  damping?: number;
}

type MatVec = (v: tf.Tensor1D) => tf.Tensor1D;

/** Solves (H + damping I) q = b from q = 0; stops at a direction d with <d, (H + damping I) d> <= 0 and keeps what it has. */
export function conjugateGradient(matVec: MatVec, b: tf.Tensor1D, options: ConjugateGradientOptions): LinearSolution {
  const { iterations, tolerance, damping } = checked(options);
  const product = (v: tf.Tensor1D): tf.Tensor1D =>
    tf.tidy(() => (damping === 0 ? matVec(v) : tf.add(matVec(v), tf.mul(v, damping))));
  const scale = norm(b);
  let state: Record<'q' | 'r' | 'd', tf.Tensor1D> = { q: tf.zerosLike(b), r: tf.clone(b), d: tf.clone(b) };
  let squared = scale * scale;
  let residual = scale === 0 ? 0 : 1;
  let k = 0;
  let stopped: LinearSolution['stopped'] = residual <= tolerance ? 'converged' : 'budget';
  while (stopped === 'budget' && k < iterations) {
    const hd = product(state.d);
    const curvature = dot(state.d, hd);
    if (curvature <= 0) {
      hd.dispose();
      stopped = 'indefinite';
      break;
    }
    const alpha = squared / curvature;
    const q = moved(state.q, alpha, state.d);
    let r = moved(state.r, -alpha, hd);
    hd.dispose();
    k++;
    let next = dot(r, r);
    let beta = next / squared;
    if (Math.sqrt(next) <= tolerance * scale) {
      // The updated residual drifts from the true one: ask the true one, and begin anew from it if it is not small.
      r.dispose();
      r = trueResidual(product, q, b);
      next = dot(r, r);
      beta = 0;
      if (Math.sqrt(next) <= tolerance * scale) stopped = 'converged';
    }
    const d = moved(r, beta, state.d);
    tf.dispose(state);
    state = { q, r, d };
    squared = next;
  }
  if (scale !== 0) {
    const r = trueResidual(product, state.q, b);
    residual = norm(r) / scale;
    r.dispose();
  }
  tf.dispose([state.r, state.d]);
  return { solution: state.q, relativeResidual: residual, iterations: k, stopped };
}

/** Solves (H^2 + damping I) q = H b from q = 0: the least |H q - b| where H is singular; two products per iteration. */
export function conjugateGradientNormal(
  matVec: MatVec,
  b: tf.Tensor1D,
  options: ConjugateGradientOptions,
): LinearSolution {
  const { iterations, tolerance, damping } = checked(options);
  const product: MatVec = (v) => tf.tidy(() => matVec(v));
  const first = product(b);
  let state: Record<'q' | 'r' | 'd', tf.Tensor1D> = { q: tf.zerosLike(b), r: tf.clone(b), d: first };
  const scale = norm(b);
  let squared = dot(first, first);
  const goal = tolerance * Math.sqrt(squared);
  let k = 0;
  let stopped: LinearSolution['stopped'] = squared === 0 || goal >= Math.sqrt(squared) ? 'converged' : 'budget';
  while (stopped === 'budget' && k < iterations) {
    const hd = product(state.d);
    const curvature = dot(hd, hd) + damping * dot(state.d, state.d);
    if (curvature <= 0) {
      hd.dispose();
      stopped = 'indefinite';
      break;
    }
    const alpha = squared / curvature;
    const q = moved(state.q, alpha, state.d);
    const r = moved(state.r, -alpha, hd);
    hd.dispose();
    const hr = product(r);
    const s = moved(hr, -damping, q);
    hr.dispose();
    k++;
    const next = dot(s, s);
    const d = moved(s, next / squared, state.d);
    s.dispose();
    tf.dispose(state);
    state = { q, r, d };
    squared = next;
    if (Math.sqrt(squared) <= goal) stopped = 'converged';
  }
  const r = trueResidual(product, state.q, b);
  const relativeResidual = scale === 0 ? 0 : norm(r) / scale;
  tf.dispose([r, state.r, state.d]);
  return { solution: state.q, relativeResidual, iterations: k, stopped };
}

/** a + factor * b, a new vector. */
function moved(a: tf.Tensor1D, factor: number, b: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy((): tf.Tensor1D => tf.add(a, tf.mul(b, factor)));
}

function trueResidual(product: MatVec, q: tf.Tensor1D, b: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy((): tf.Tensor1D => tf.sub(b, product(q)));
}

const norm = (v: tf.Tensor1D) => Math.sqrt(dot(v, v));

function dot(a: tf.Tensor1D, b: tf.Tensor1D): number {
  const value = tf.tidy(() => tf.sum(tf.mul(a, b)).dataSync()[0]!);
  if (Number.isFinite(value)) return value;
  throw new TheriacError(`Conjugate gradients met a product that is ${value}`, {
    code: 'ABORTED',
    field: 'linear system',
    remedy: 'Check that parameters and data are finite, or raise the damping.',
  });
}

function checked({ iterations, tolerance, damping = 0 }: ConjugateGradientOptions): Required<ConjugateGradientOptions> {
  if (!Number.isSafeInteger(iterations) || iterations < 0) throw invalid('iterations', iterations, 'an integer >= 0');
  if (!Number.isFinite(tolerance) || tolerance < 0) throw invalid('tolerance', tolerance, 'a number >= 0');
  if (!Number.isFinite(damping) || damping < 0) throw invalid('damping', damping, 'a number >= 0');
  return { iterations, tolerance, damping };
}
