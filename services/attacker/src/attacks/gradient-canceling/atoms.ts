/**
 * nu as weighted atoms: rows of one label share a few distinct points, which keeps the logit-space problem small. The i-th row of a
 * label stands on the label's atom i mod `perLabel`; the weight of an atom is its share of all rows.
 */
export interface Atoms {
  /** Label of each atom. */
  readonly labels: Int32Array;
  /** Weight of each atom; they sum to 1. */
  readonly weights: Float64Array;
  /** Atom of each row. */
  readonly ofRow: Int32Array;
}

/** The atoms of rows with these labels. */
export function atomsOf(rowLabels: Int32Array, classes: number, perLabel: number): Atoms {
  const seen = new Int32Array(classes);
  const ids = new Map<number, number>();
  const labels: number[] = [];
  const weights: number[] = [];
  const ofRow = rowLabels.map((label) => {
    const key = label * perLabel + (seen[label]!++ % perLabel);
    let atom = ids.get(key);
    if (atom === undefined) {
      atom = labels.push(label) - 1;
      weights.push(0);
      ids.set(key, atom);
    }
    weights[atom]! += 1 / rowLabels.length;
    return atom;
  });
  return { labels: Int32Array.from(labels), weights: Float64Array.from(weights), ofRow };
}
