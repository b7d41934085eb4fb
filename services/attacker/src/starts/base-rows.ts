/** Which clean rows poison begins as, and the wrong labels it may be given. */
import type { CraftGame, OptionSpec } from '@theriac/game';
import { gatheredRows } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';

/** The option that `chosenRows` reads. */
export const selectionOption: OptionSpec = {
  name: 'selection',
  type: 'string',
  description: 'which clean rows: the first, or uniformly without replacement (again from the start when all are used)',
  choices: ['uniform', 'first'],
  default: 'uniform',
};

/** The option that `wrongLabels` reads. */
export const wrongLabelOption: OptionSpec = {
  name: 'rule',
  type: 'string',
  description:
    'the wrong label: the class least likely under the clean model, uniform over the others, or the next class',
  choices: ['least-likely', 'uniform', 'next'],
  default: 'least-likely',
};

/** Indices of `game.count` clean rows, by `selection` ('first' | 'uniform'). */
export function chosenRows({ count, clean, random }: CraftGame, selection: string): Int32Array {
  if (selection === 'first') return Int32Array.from({ length: count }, (_, j) => j % clean.count);
  const order = random.fork('rows').permutation(clean.count);
  return Int32Array.from({ length: count }, (_, j) => order[j % clean.count]!);
}

/** A label for each of these clean rows that is not its own, by `rule` ('least-likely' | 'uniform' | 'next'). */
export function wrongLabels(game: CraftGame, baseIndices: Int32Array, rule: string): Int32Array {
  const { clean, classes } = game;
  if (rule === 'next') return baseIndices.map((row) => (clean.y[row]! + 1) % classes);
  if (rule === 'least-likely') return leastLikely(game, baseIndices);
  const random = game.random.fork('labels');
  return baseIndices.map((row) => (clean.y[row]! + 1 + random.integer(classes - 1)) % classes);
}

/** argmin over k != y_i of the logits of row i under w_c. */
function leastLikely({ clean, classes, oracles, wClean }: CraftGame, baseIndices: Int32Array): Int32Array {
  const rows = gatheredRows(clean, baseIndices);
  const logits = oracles.logits(wClean, rows);
  return Int32Array.from(rows.y).map((label, j) => {
    let least = (label + 1) % classes;
    for (let k = 0; k < classes; k++)
      if (k !== label && logits[j * classes + k]! < logits[j * classes + least]!) least = k;
    return least;
  });
}

/** Throws INVALID_ARGUMENT where Gamma keeps labels: `why` says what for they must be free. */
export function requireFreeLabels({ constraint }: CraftGame, why: string): void {
  if (constraint.fixesLabels) throw invalid('constraint', constraint.kind, 'a constraint that leaves labels free', why);
}

/** The stored values of these clean rows, [rows * features]. */
export function storedRows({ stored, clean }: CraftGame, indices: Int32Array): Float32Array {
  const x = new Float32Array(indices.length * clean.features);
  indices.forEach((row, j) => x.set(stored(row), j * clean.features));
  return x;
}

/** Throws ABORTED where a figure that an attack follows is no number any more. */
export function requireFiniteLoss(loss: number, attack: string): void {
  if (Number.isFinite(loss)) return;
  throw new TheriacError('The attack diverged.', {
    code: 'ABORTED',
    field: `attack ${attack}`,
    found: `loss ${loss}`,
    allowed: 'a finite loss',
    remedy: 'Use a smaller learning rate or step.',
  });
}
