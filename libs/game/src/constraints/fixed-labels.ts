import type { Constraint } from '../constraint';

/** Gamma = { (x, y) : y = label of the base row }: clean-label poisoning. Pixels are free. */
export function fixedLabelsConstraint(): Constraint {
  return {
    kind: 'fixed-labels',
    fixesLabels: true,
    limitsPixels: false,
    describe: () => 'labels as in the base rows',
    project: (x) => Float32Array.from(x),
    violations: (poison, base) => {
      const rows = poison.y.reduce((count, label, j) => count + (label === base.y[j] ? 0 : 1), 0);
      if (rows === 0) return [];
      const message = `${rows} labels differ from those of their base rows`;
      return [{ kind: 'fixed-labels', rows, entries: rows, worst: 1, message }];
    },
  };
}
