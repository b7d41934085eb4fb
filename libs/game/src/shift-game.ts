/**
 * A Stackelberg game in one dimension, small enough to solve on paper. Clean rows lie at N(0, sigma^2), adverse ones (spam, a
 * share p of all) at N(d, sigma^2). The leader moves the adverse rows by a towards the clean ones, to N(d - a, sigma^2), and pays
 * k a^2. The follower sees them and sets the threshold theta of least error: what lies above it is called adverse.
 *   The follower:  theta(a) = (d - a)/2 + sigma^2 ln((1 - p)/p) / (d - a)
 *   Its error is at most  sqrt(p (1 - p)) exp(-(d - a)^2 / (8 sigma^2))  (Bhattacharyya)
 *   The leader:  max_a  ln of that bound - k a^2,  so  a* = d / (1 + 8 k sigma^2),  and 0 <= a* < d for k > 0.
 * Source: the game of Liu and Chawla, "A Game Theoretical Model for Adversarial Learning" (ICDM Workshops 2009), an adversary who
 * leads and a data miner who follows; densities and payoffs are our reading, chosen so that both moves have a closed form.
 */
import { invalid, normalCdf } from '@theriac/tensors';

export interface ShiftGame {
  /** d > 0: how far the two means are apart before the leader moves. */
  readonly distance: number;
  /** sigma > 0 of both classes. */
  readonly sd: number;
  /** k > 0: what the leader pays per squared unit of shift. */
  readonly cost: number;
  /** p, between 0 and 1: the share of rows that are adverse. */
  readonly adverseShare: number;
}

export interface ShiftEquilibrium {
  /** a*, the leader's move. */
  readonly shift: number;
  /** theta(a*), the follower's answer. */
  readonly threshold: number;
  /** The share of rows that the follower gets wrong at theta(a*). */
  readonly error: number;
  /** ln(bound on the error) - k a*^2. */
  readonly payoff: number;
}

/** The equilibrium, in closed form. Throws INVALID_ARGUMENT naming the parameter out of range. */
export function shiftEquilibrium(game: ShiftGame): ShiftEquilibrium {
  requireShiftGame(game);
  const { distance, sd, cost } = game;
  const shift = distance / (1 + 8 * cost * sd ** 2);
  const threshold = bestThreshold(game, shift);
  return { shift, threshold, error: thresholdError(game, shift, threshold), payoff: leaderPayoff(game, shift) };
}

/** theta(a), the threshold of least error against a shift a < d. */
export function bestThreshold({ distance, sd, adverseShare }: ShiftGame, shift: number): number {
  const apart = distance - shift;
  return apart / 2 + (sd ** 2 * Math.log((1 - adverseShare) / adverseShare)) / apart;
}

/** (1 - p) P(clean row above theta) + p P(adverse row below theta), against a shift a. */
export function thresholdError({ distance, sd, adverseShare }: ShiftGame, shift: number, threshold: number): number {
  const alarms = normalCdf(-threshold / sd);
  const misses = normalCdf((threshold - (distance - shift)) / sd);
  return (1 - adverseShare) * alarms + adverseShare * misses;
}

/** ln of the Bhattacharyya bound on the follower's error, less k a^2. */
export function leaderPayoff({ distance, sd, cost, adverseShare }: ShiftGame, shift: number): number {
  const bound = Math.log(adverseShare * (1 - adverseShare)) / 2 - (distance - shift) ** 2 / (8 * sd ** 2);
  return bound - cost * shift ** 2;
}

/** Throws INVALID_ARGUMENT naming the parameter out of range. */
export function requireShiftGame(game: ShiftGame): void {
  for (const name of ['distance', 'sd', 'cost'] as const)
    if (!(Number.isFinite(game[name]) && game[name] > 0)) throw invalid(name, game[name], 'a finite number above 0');
  const { adverseShare } = game;
  if (!(adverseShare > 0 && adverseShare < 1)) throw invalid('adverseShare', adverseShare, 'between 0 and 1');
}
