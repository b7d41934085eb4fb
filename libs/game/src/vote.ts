/**
 * A majority vote of k models, and how many of them may be turned before it can change (Levine, Feizi, ICLR 2021, theorem 1). With
 * n_c the members that say class c and ties won by the lowest class, the vote c* stands while at most
 *
 *   rho = floor( (n_{c*} - max_{c != c*} (n_c + [c < c*])) / 2 )
 *
 * members change their minds. Where each training row reaches one member only, it stands under any rho rows inserted or deleted.
 */

/** A vote. */
export interface Vote {
  /** c*. */
  readonly winner: number;
  /** rho, 0 to (k / 2). */
  readonly certificate: number;
}

/** The vote of members of whom `counts[c]` say class c; `counts` has at least one class. */
export function majorityVote(counts: ArrayLike<number>): Vote {
  let winner = 0;
  for (let c = 1; c < counts.length; c++) if (counts[c]! > counts[winner]!) winner = c;
  let second = 0;
  for (let c = 0; c < counts.length; c++)
    if (c !== winner) second = Math.max(second, counts[c]! + (c < winner ? 1 : 0));
  return { winner, certificate: Math.floor((counts[winner]! - second) / 2) };
}

/**
 * Share of rows (0 to 1) that the vote gets right and that no `rows` rows inserted or deleted can change; `certificates` are those of
 * the rows, -1 where the vote is wrong.
 */
export function certifiedShare(certificates: ArrayLike<number>, rows: number): number {
  let certified = 0;
  for (let row = 0; row < certificates.length; row++) if (certificates[row]! >= rows) certified += 1;
  return certificates.length === 0 ? 0 : certified / certificates.length;
}
