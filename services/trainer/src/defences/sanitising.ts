/** One sanitiser on chi: it sees the rows in a drawn order and no flags, and may not empty a class. */
import type { DefenceChoice, Model, Oracles, RowData, Sanitiser, SanitiserGame } from '@theriac/game';
import { selectedRows } from '@theriac/game';
import { randomStream, TheriacError } from '@theriac/tensors';
import { tf } from '@theriac/tensors/engine';
import { keptIndices } from './kept-data';

/** What a sanitiser is run on. */
export interface Sanitisation {
  readonly sanitiser: Sanitiser;
  readonly choice: DefenceChoice;
  /** All of chi. */
  readonly chi: RowData;
  /** What was left out before, ascending. */
  readonly removed: Int32Array;
  readonly trusted: RowData;
  readonly model: Model;
  readonly oracles: Oracles;
  /** w fitted to what is left of chi; empty where the sanitiser does not fit. */
  readonly fitted: Float32Array;
  pause(): Promise<void>;
}

/** `removed` and what the sanitiser leaves out, ascending indices into chi. Throws FAILED_PRECONDITION where a class would be empty. */
export async function sanitise(own: Sanitisation): Promise<Int32Array> {
  const { sanitiser, choice, chi, removed, trusted, model, oracles, fitted, pause } = own;
  const kept = keptIndices(chi.count, removed);
  const random = randomStream(0, 'sanitisation', sanitiser.id);
  const order = random
    .fork('order')
    .permutation(kept.length)
    .map((k) => kept[k]!);
  const game: SanitiserGame = {
    rows: selectedRows(chi, order),
    classes: model.classes,
    model,
    trusted,
    fitted,
    random,
    logits: (w, rows) => oracles.logits(w, rows),
    products,
    moments,
    pause,
  };
  const found = await sanitiser.remove(game, choice.options);
  requireEveryClass(game, found, choice);
  const all = new Int32Array(removed.length + found.length);
  all.set(removed);
  all.set(
    found.map((k) => order[k]!),
    removed.length,
  );
  return all.sort();
}

function requireEveryClass({ rows, classes }: SanitiserGame, removed: Int32Array, { id }: DefenceChoice): void {
  const left = new Int32Array(classes);
  for (const y of rows.y) left[y]! += 1;
  const before = left.slice();
  for (const row of removed) left[rows.y[row]!]! -= 1;
  const empty = left.findIndex((count, y) => count === 0 && before[y]! > 0);
  if (empty < 0) return;
  throw new TheriacError(`The defence ${id} removes a whole class.`, {
    code: 'FAILED_PRECONDITION',
    field: 'defence',
    found: `all ${before[empty]} rows of class ${empty}`,
    allowed: 'a defence that leaves rows of every class',
    remedy: 'Take a smaller share, or another defence.',
  });
}

/** A B' of A [m, width] and B [k, width]. */
export function products(a: Float32Array, b: Float32Array, width: number): Float32Array {
  return taken(() => tf.matMul(matrix(a, width), matrix(b, width), false, true));
}

/** X' X of X [n, width]. */
export function moments(x: Float32Array, width: number): Float32Array {
  return taken(() => tf.matMul(matrix(x, width), matrix(x, width), true, false));
}

function matrix(values: Float32Array, width: number): tf.Tensor2D {
  return tf.tensor2d(values, [values.length / width, width]);
}

function taken(make: () => tf.Tensor): Float32Array {
  const found = tf.tidy(make);
  const values = found.dataSync<'float32'>();
  found.dispose();
  return values;
}
