/** What is measured of finished poison: the residual of the whole gradient, and the lengths of its rows. */
import type { CraftGame, RowData, Rows } from '@theriac/game';
import { regressionGradient, residual } from '@theriac/game';
import { norm } from '@theriac/tensors';

type Gradients = Pick<CraftGame, 'model' | 'oracles' | 'classes'>;

/** g(rows; w) over all parameters: float64 in closed form for softmax regression, else by the oracle. */
export function gradientOf({ model, oracles, classes }: Gradients, w: Float32Array, rows: RowData): Float64Array {
  return model.softmaxRegression
    ? regressionGradient(w, rows, classes).gradient
    : Float64Array.from(oracles.gradient(w, rows).gradient);
}

/** ||g(mu; w) + eps_d g(nu; w)|| over all parameters. */
export function residualNorm(
  game: Gradients & Pick<CraftGame, 'epsilonD'>,
  w: Float32Array,
  gMu: Float64Array,
  nu: RowData,
): number {
  return residual(gMu, gradientOf(game, w, nu), game.epsilonD).norm;
}

/** Median and largest Euclidean norm of the rows. */
export function rowNorms(rows: Pick<Rows, 'x' | 'count' | 'features'>): { median: number; max: number } {
  const norms = Float64Array.from({ length: rows.count }, (_, j) =>
    norm(rows.x.subarray(j * rows.features, (j + 1) * rows.features)),
  ).sort();
  if (norms.length === 0) return { median: 0, max: 0 };
  const middle = norms.length >> 1;
  const median = norms.length % 2 === 1 ? norms[middle]! : (norms[middle - 1]! + norms[middle]!) / 2;
  return { median, max: norms[norms.length - 1]! };
}
