/**
 * The leader's total gradient. With F the mean over batch and poison, L that over the validation rows, H = d2F/dw2:
 *   q = H^-1 (-grad_w L),   dL/dx = d/dx <grad_w F, q>
 * as L depends on x through w alone (Lu, Kamath, Yu, TMLR 2022). Softmax leaves H singular: q is then the least squares one.
 */
import type { Follower, OptionValues, Rows } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import type { BatchPlan } from './schedule';

/** dL/dx [rows * features] of the poison rows, model-input units, and how well H q = -grad L is solved. */
export async function totalGradient(
  follower: Follower,
  w: Float32Array,
  { clean, validation }: BatchPlan,
  nu: Rows,
  options: OptionValues,
): Promise<{ derivative: Float32Array; residual: number }> {
  const kind = textOption(options, 'solver') === 'cg' ? 'cg' : 'cgnr';
  const solver = {
    kind,
    iterations: numberOption(options, 'solverIterations'),
    damping: kind === 'cg' ? numberOption(options, 'damping') : 0,
    tolerance: 0,
  } as const;
  const batch = { clean, nu };
  const { gradient } = await follower.gradient(w, { clean: validation, nu: undefined });
  const b = gradient.map((value) => -value);
  const { product, relativeResidual } = await follower.inverseHessianVectorProduct(w, b, batch, solver);
  return { derivative: await follower.poisonVectorProduct(w, product, batch), residual: relativeResidual };
}
