import type { Constraint } from '../constraint';

/** Gamma = everything: any real row, any label. */
export function noConstraint(): Constraint {
  return {
    kind: 'none',
    fixesLabels: false,
    limitsPixels: false,
    describe: () => 'no constraint',
    project: (x) => Float32Array.from(x),
    violations: () => [],
  };
}
