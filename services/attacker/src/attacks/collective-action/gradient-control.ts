/**
 * Gradient control: members choose rows so that the mixture's gradient vanishes at a model w* of their own choice,
 *   min over x of ||r(x)||^2 / 2,   r = g(mu; w*) - alpha g(members as they were; w*) + alpha g(members as they are; w*),
 * which is Gradient Canceling for rows that replace: in the collective's terms  g_{P'}(w) = -((1 - alpha) / alpha) g_{P0}(w).
 * Source: Hardt, Mazumdar, Mendler-Duenner, Zrnic (ICML 2023), where the rows are chosen anew at each step of the learner; one
 * choice for all of training, at the model where it shall end, is our reading. w* is what w_c becomes in some steps on mu and a
 * large collective's rows, so that a small collective does the work of a large one.
 */
import type { CraftGame, OptionValues, Rows, Signal } from '@theriac/game';
import { gatheredRows, numberOption } from '@theriac/game';
import { norm } from '@theriac/tensors';
import { pixelStep } from '../../derivatives/pixel-step';
import { storedRows, requireFiniteLoss } from '../../starts/base-rows';
import { signalled } from './facts';

/** Steps towards the target model in one step of the attack. */
export const targetStepsAtOnce = 10;

/** w some steps further towards the target model: descent on mu and a share `pull` of mu again, with signal and target label. */
export async function nearerTarget(
  game: CraftGame,
  w: Float32Array,
  signal: Signal,
  options: OptionValues,
  steps: number,
): Promise<Float32Array> {
  const { clean } = game;
  const count = Math.floor(numberOption(options, 'pull') * clean.count);
  const followers = gatheredRows(clean, game.random.fork('pull').permutation(clean.count).subarray(0, count));
  const nu: Rows = {
    ...followers,
    x: signalled(game, followers.x, signal),
    y: new Int32Array(count).fill(signal.target as number),
  };
  const batch = { clean: { from: 0, to: clean.count }, nu: count === 0 ? undefined : nu };
  return game.follower.descend(w, batch, { steps, learningRate: numberOption(options, 'targetRate') });
}

/** g(mu; w) - alpha g(members as they were; w): what the members' own gradient has to cancel, [p]. */
export async function restOfGradient(game: CraftGame, w: Float32Array, members: Int32Array): Promise<Float32Array> {
  const { clean, epsilonD: alpha, follower } = game;
  const all = await follower.gradient(w, { clean: { from: 0, to: clean.count }, nu: undefined });
  const theirs = await follower.gradient(w, { clean: undefined, nu: gatheredRows(clean, members) });
  return all.gradient.map((slope, i) => slope - alpha * (theirs.gradient[i] as number));
}

/** What one step on the members' rows takes and gives. */
export interface Held {
  /** Rows in model-input space, [members * features]. */
  readonly x: Float32Array;
  /** ||r|| at the rows that came in. */
  readonly residual: number;
}

/** The rows one step further down ||r||^2 / 2 (`rate` 0: where they are), and ||r|| before the step. */
export async function heldNearer(
  game: CraftGame,
  at: { readonly w: Float32Array; readonly rest: Float32Array; readonly base: Int32Array },
  rows: { readonly x: Float32Array; readonly y: Int32Array },
  rate: number,
): Promise<Held> {
  const { epsilonD: alpha, follower } = game;
  const nu: Rows = { ...rows, count: rows.y.length, features: game.clean.features };
  const { gradient } = await follower.gradient(at.w, { clean: undefined, nu });
  const r = at.rest.map((slope, i) => slope + alpha * (gradient[i] as number));
  const residual = norm(r);
  requireFiniteLoss(residual, 'collective-action');
  if (rate === 0) return { x: rows.x, residual };
  const slope = await follower.poisonVectorProduct(at.w, r, { clean: undefined, nu });
  const down = slope.map((value) => -value);
  const base = storedRows(game, at.base);
  return { x: pixelStep(game, rows.x, down, { kind: 'normalised', rate, base }), residual };
}
