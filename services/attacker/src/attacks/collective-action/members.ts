/** Who is a member, and of which collective: a larger collective of the same seed contains the smaller one. */
import type { CraftGame } from '@theriac/game';

export interface Members {
  /** Rows of mu, distinct, in the order in which they joined. */
  readonly rows: Int32Array;
  /** 0: the first collective, 1: the second. */
  readonly collective: Int32Array;
}

/** `game.count` rows without replacement; `secondShare` of them, evenly among those who join, are of the second collective. */
export function drawMembers({ clean, count, random }: CraftGame, secondShare: number): Members {
  const rows = Int32Array.from(random.fork('members').permutation(clean.count).subarray(0, count));
  const share = (joined: number): number => Math.floor(joined * secondShare + 1e-9);
  return { rows, collective: rows.map((_, j) => share(j + 1) - share(j)) };
}
