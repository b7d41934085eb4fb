/**
 * Defences of an online trainer: what they may see are users, sizes of contributions and a loss on rows it trusts, never who
 * is honest. A chain asks each of its parts at the stage where it has something to say:
 *
 *   admit -> wait -> cap -> step  w' = w - eta sum_u a_u c_u,  c_u = (n_u / N) g(rows of u; w)  -> gate
 */
import type { OptionSpec, OptionValues } from '../attack';

/** A user's part of a step. */
export interface Contribution {
  readonly user: number;
  /** Rows of the user, n_u. */
  readonly rows: number;
  /** ||c_u||, of the mean gradient over the batch. */
  readonly norm: number;
}

/** A defence within online training; every stage is optional. */
export interface OnlineDefence {
  readonly id: string;
  readonly kind: 'online';
  readonly summary: string;
  readonly source: string;
  readonly options: readonly OptionSpec[];
  /** Positions of the rows taken, ascending; `users` holds the sender of each row. */
  admit?(users: Int32Array, options: OptionValues): Int32Array;
  /** Ticks that rows wait before they are trained on, >= 0. */
  wait?(options: OptionValues): number;
  /** a_u in [0, 1] for every user's contribution. */
  cap?(contributions: readonly Contribution[], options: OptionValues): Float64Array;
  /** Largest loss on trusted rows with which a step is kept; `last` and `best` are those of the steps kept so far. */
  ceiling?(last: number, best: number, options: OptionValues): number;
}

/** A defence with its options. */
export interface ChosenDefence {
  readonly defence: OnlineDefence;
  readonly options: OptionValues;
}

/** The positions that every part admits, in turn. */
export function admitted(chain: readonly ChosenDefence[], users: Int32Array): Int32Array {
  let kept = Int32Array.from(users, (_, row) => row);
  for (const { defence, options } of chain) {
    if (defence.admit === undefined) continue;
    const among = defence.admit(
      kept.map((row) => users[row] as number),
      options,
    );
    kept = among.map((place) => kept[place] as number);
  }
  return kept;
}

/** Ticks that rows wait under the whole chain. */
export function waitingTicks(chain: readonly ChosenDefence[]): number {
  return chain.reduce((sum, { defence, options }) => sum + (defence.wait?.(options) ?? 0), 0);
}

/** The factor of every contribution: the least that any part gives; undefined where no part caps. */
export function capped(
  chain: readonly ChosenDefence[],
  contributions: readonly Contribution[],
): Float64Array | undefined {
  const factors = chain.flatMap(({ defence, options }) => {
    const own = defence.cap?.(contributions, options);
    return own === undefined ? [] : [own];
  });
  if (factors.length === 0) return undefined;
  return Float64Array.from(contributions, (_, k) => Math.min(...factors.map((own) => own[k] ?? 1)));
}

/** Whether any part caps contributions. */
export const hasCap = (chain: readonly ChosenDefence[]): boolean =>
  chain.some(({ defence }) => defence.cap !== undefined);

/** The lowest ceiling of any part; Infinity where there is no gate. */
export function lossCeiling(chain: readonly ChosenDefence[], last: number, best: number): number {
  return Math.min(Infinity, ...chain.map(({ defence, options }) => defence.ceiling?.(last, best, options) ?? Infinity));
}

/** Whether any part is a gate. */
export const hasGate = (chain: readonly ChosenDefence[]): boolean =>
  chain.some(({ defence }) => defence.ceiling !== undefined);
