/**
 * Where poison rows should go for the leader's loss at the defender's minimum to grow (Koh and Liang, 2017; Koh, Steinhardt, Liang, 2022):
 *   L(theta) = mean over judged rows of log(1 + exp(-m)),   theta = argmin F(mu + nu; theta),   q = H^-1 grad L(theta)
 *   dL/dx_c = -(n_c/N) d/dx <g(x_c, c; theta), q> = (n_c/N) sigmoid(-m_c) ( s_c q_w - sigmoid(m_c) <(x_c, 1), q> w )
 * The hinge is smoothed there; the logistic loss needs none. q by preconditioned conjugate gradients, its residual is reported.
 */
import { logisticHessianVectorProduct, logisticObjective, sigmoid } from '@theriac/game';
import { dot, norm } from '@theriac/tensors';
import type { Atoms } from './atoms';
import type { BinaryGame } from './binary-game';

export interface Influence {
  /** dL/dx_c of every atom, [features] each. */
  readonly slopes: Float64Array[];
  /** L. */
  readonly loss: number;
  /** |H q - grad L| / |grad L|. */
  readonly residual: number;
}

/** The slopes of L in the atoms at theta, the minimum on mu and atoms. */
export function influenceSlopes(binary: BinaryGame, atoms: Atoms, theta: Float64Array): Influence {
  const { rows, judged, settings, precondition, count } = binary;
  const { value, gradient } = logisticObjective([judged], theta, 0);
  const product = (v: Float64Array) => logisticHessianVectorProduct([rows, atoms], theta, v, settings.ridge);
  const { q, residual } = inverseProduct(product, gradient, precondition);
  const total = rows.count + count;
  const { features } = atoms;
  const slopes = [...atoms.weights].map((weight, atom) => {
    const row = atoms.x.subarray(atom * features, (atom + 1) * features);
    const sign = atoms.signs[atom]!;
    const at = (v: Float64Array) => row.reduce((sum, x, j) => sum + x * v[j]!, v[features]!);
    const margin = sign * at(theta);
    const pull = (weight / total) * sigmoid(-margin);
    const bend = sigmoid(margin) * at(q);
    return row.map((_, j) => pull * (sign * q[j]! - bend * theta[j]!));
  });
  return { slopes, loss: value, residual };
}

const iterations = 60;
const tolerance = 1e-4;

/** H^-1 b by preconditioned conjugate gradients. */
function inverseProduct(
  product: (v: Float64Array) => Float64Array,
  b: Float64Array,
  precondition: (r: Float64Array) => Float64Array,
): { readonly q: Float64Array; readonly residual: number } {
  const q = new Float64Array(b.length);
  const r = Float64Array.from(b);
  const scale = norm(b);
  let d = precondition(r);
  let rz = dot(r, d);
  for (let step = 0; step < iterations && norm(r) > tolerance * scale; step++) {
    const h = product(d);
    const alpha = rz / dot(d, h);
    for (let j = 0; j < q.length; j++) {
      q[j]! += alpha * d[j]!;
      r[j]! -= alpha * h[j]!;
    }
    const z = precondition(r);
    const next = dot(r, z);
    const beta = next / rz;
    d = z.map((value, j) => value + beta * d[j]!);
    rz = next;
  }
  return { q, residual: scale === 0 ? 0 : norm(r) / scale };
}
