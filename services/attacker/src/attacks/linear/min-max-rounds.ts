/**
 * Rounds of the min-max attack with a decoy (Koh, Steinhardt, Liang, 2022), logistic: our reading. In each round
 *   (x, y) = argmax over classes and rows of the region of y of log(1 + exp(-m)), a linear program over a convex set: the row furthest
 *            along -s_y w,   then AdaGrad:  G <- G + g^2,  theta <- theta - 0.03 g / sqrt(G),
 *   g = g(mu; theta) + eps_d g(x, y; theta) + (1 + eps_d) ridge theta
 * and the rows of the first rounds (the burn-in) are thrown away. theta starts at the minimum on clean rows.
 */
import type { Region } from '@theriac/game';
import { logisticObjective, sigmoid } from '@theriac/game';
import type { BinaryGame } from './binary-game';
import { signs } from './binary-game';
import { extremeIn } from './extreme';

/** Where a game of rounds stands; arrays are never changed. */
export interface Rounds {
  readonly theta: Float64Array;
  /** G. */
  readonly squares: Float64Array;
  /** The last extreme row of each class, [2 * features]: where the next search starts. */
  readonly last: Float64Array;
  /** Rows kept so far, [kept * features], and their signs. */
  readonly x: Float64Array;
  readonly rowSigns: Int8Array;
}

const rate = 0.03;

/** Before the first round. */
export function firstRound({ thetaClean, centres }: BinaryGame): Rounds {
  const features = thetaClean.length - 1;
  const last = new Float64Array(2 * features);
  centres.forEach((centre, label) => last.set(centre, label * features));
  return {
    theta: thetaClean,
    squares: new Float64Array(thetaClean.length),
    last,
    x: new Float64Array(0),
    rowSigns: new Int8Array(0),
  };
}

/** One round further; the row is kept if `keep`. Undefined where a class has no row. */
export function nextRound(
  { rows, settings, count }: BinaryGame,
  regions: readonly Region[],
  { theta, squares, last, x, rowSigns }: Rounds,
  keep: boolean,
): Rounds | undefined {
  const { features } = rows;
  const w = theta.subarray(0, features);
  const found = regions.map((region, label) => {
    const direction = w.map((value) => -signs[label]! * value);
    return extremeIn(region, direction, last.subarray(label * features, (label + 1) * features));
  });
  const extremes = found.map((extreme) => extreme?.x);
  if (!extremes.every((row) => row !== undefined)) return undefined;
  const margins = extremes.map(
    (row, label) => signs[label]! * row.reduce((sum, value, j) => sum + value * theta[j]!, theta[features]!),
  );
  const worst = margins[1]! < margins[0]! ? 1 : 0;
  const row = extremes[worst]!;
  const epsilonD = count / rows.count;
  const pull = -epsilonD * signs[worst] * sigmoid(-margins[worst]!);
  const g = logisticObjective([rows], theta, (1 + epsilonD) * settings.ridge).gradient.map(
    (value, j) => value + pull * (j < features ? row[j]! : 1),
  );
  const sums = squares.map((sum, j) => sum + g[j]! ** 2);
  return {
    theta: theta.map((value, j) => value - (rate * g[j]!) / (Math.sqrt(sums[j]!) + 1e-12)),
    squares: sums,
    last: joined(extremes[0]!, extremes[1]!),
    x: keep ? joined(x, row) : x,
    rowSigns: keep ? Int8Array.of(...rowSigns, signs[worst]) : rowSigns,
  };
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
