/**
 * The equilibrium of the shift game by search alone, as one would solve a game without a closed form: for every shift a that the
 * leader tries, the follower searches the threshold of least error; the leader's bound is integrated from the two densities,
 *   ln integral sqrt(p f(x) (1 - p) g(x)) dx - k a^2,
 * and searched over a. Both searches are golden sections (Kiefer, Proceedings of the AMS 4, 1953).
 */
import { normalDensity } from '@theriac/tensors';
import { requireShiftGame, thresholdError } from './shift-game';
import type { ShiftEquilibrium, ShiftGame } from './shift-game';

const golden = (Math.sqrt(5) - 1) / 2;

/** The equilibrium without its closed form; a and theta to about 1e-8 of d. Throws INVALID_ARGUMENT as `shiftEquilibrium`. */
export function searchShiftEquilibrium(game: ShiftGame): ShiftEquilibrium {
  requireShiftGame(game);
  const { distance } = game;
  // At a = d the two classes are one, and every threshold is as good as another.
  const shift = goldenSection((a) => -integratedPayoff(game, a), 0, distance * (1 - 1e-9));
  const reach = 12 * game.sd + distance;
  const threshold = goldenSection((theta) => thresholdError(game, shift, theta), -reach, reach);
  return { shift, threshold, error: thresholdError(game, shift, threshold), payoff: integratedPayoff(game, shift) };
}

function integratedPayoff({ distance, sd, cost, adverseShare }: ShiftGame, shift: number): number {
  const apart = distance - shift;
  const overlap = simpson(
    (x) =>
      Math.sqrt(
        ((1 - adverseShare) * normalDensity(x / sd) * adverseShare * normalDensity((x - apart) / sd)) / sd ** 2,
      ),
    apart / 2 - 14 * sd,
    apart / 2 + 14 * sd,
  );
  return Math.log(overlap) - cost * shift ** 2;
}

/** Simpson's rule on 400 intervals. */
function simpson(f: (x: number) => number, from: number, to: number): number {
  const intervals = 400;
  const h = (to - from) / intervals;
  let sum = f(from) + f(to);
  for (let i = 1; i < intervals; i++) sum += (i % 2 === 0 ? 2 : 4) * f(from + i * h);
  return (sum * h) / 3;
}

/** argmin of a function with one minimum on [low, high]. */
function goldenSection(f: (x: number) => number, low: number, high: number): number {
  let [left, right] = [low, high];
  let inner = right - golden * (right - left);
  let outer = left + golden * (right - left);
  let [atInner, atOuter] = [f(inner), f(outer)];
  while (right - left > 1e-12 * (high - low)) {
    if (atInner < atOuter) {
      [right, outer, atOuter] = [outer, inner, atInner];
      inner = right - golden * (right - left);
      atInner = f(inner);
    } else {
      [left, inner, atInner] = [inner, outer, atOuter];
      outer = left + golden * (right - left);
      atOuter = f(outer);
    }
  }
  return (left + right) / 2;
}
