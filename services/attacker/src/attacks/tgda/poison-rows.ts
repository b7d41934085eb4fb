/**
 * The poison rows of TGDA and how the leader moves them. With u the position of a stored value within the data's range,
 * stored = middle + half u, and P the projection on Gamma:
 *   generator  x_j = P(middle + half G_theta(y_j, u_j)),  theta <- theta + alpha d/dtheta <x, D>
 *   direct     x_j <- P(x_j + alpha D_j / max_k |D_jk|)
 * D is the derivative by stored values; where P holds a value back it is 0. On images scaled symmetrically u is the model's
 * input, and tanh the box: the published form. Other scalings see the same network through their own straight line.
 */
import type { CraftGame, OptionValues, PlainState, RowRange, Rows } from '@theriac/game';
import { poisonBase, textOption } from '@theriac/game';
import type { PoisonBase } from '@theriac/game';
import { generatorFor, initialGenerator } from './generators';

type Arrays = PlainState['arrays'];

/** Rows of a slice: as stored, within Gamma, and as the model sees them. */
export interface SliceOfPoison {
  readonly stored: Float32Array;
  readonly nu: Rows;
}

const isDirect = (options: OptionValues): boolean => textOption(options, 'parametrisation') === 'direct';

/** Clean row of each poison row: the first rows in order, again from the start when all are used. */
export const baseRow = (game: CraftGame, row: number): number => row % game.clean.count;

/** What is optimised, at the start: fresh weights of the generator, or the base rows themselves. */
export function startParameters(game: CraftGame, options: OptionValues): Float32Array {
  if (!isDirect(options)) return initialGenerator(generatorFor(game.clean.features), game.random.fork('generator'));
  const base = baseOf(game, { from: 0, to: game.count });
  if (textOption(options, 'start') === 'noise') {
    const noise = new Float32Array(base.x.length);
    game.random.fork('noise').fillUniform(noise, ...storedRange(game));
    return game.constraint.limitsPixels ? game.constraint.project(noise, base.x) : noise;
  }
  return game.constraint.limitsPixels ? game.constraint.project(base.x, base.x) : base.x;
}

/** The ends of the range of stored values: [0, 1] where the first rows keep to it, as images do, else theirs. */
export function storedRange(game: CraftGame): readonly [number, number] {
  let [low, high] = [0, 1];
  for (let row = 0; row < Math.min(1000, game.clean.count); row++)
    for (const value of game.stored(row)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}

/** The rows of `range` under `theta`. */
export async function sliceOf(
  theta: Float32Array,
  range: RowRange,
  state: PlainState,
  game: CraftGame,
  options: OptionValues,
): Promise<SliceOfPoison> {
  const { features } = game.clean;
  const base = baseOf(game, range);
  const count = range.to - range.from;
  const raw = isDirect(options)
    ? theta.slice(range.from * features, range.to * features)
    : await generatedRows(theta, base, labelsOf(state.arrays, range), state, features);
  const stored = game.constraint.limitsPixels ? game.constraint.project(raw, base.x) : raw;
  return { stored, nu: { x: game.toModelInput(stored), y: labelsOf(state.arrays, range), count, features } };
}

/** theta after a step along `derivative` [rows * features], model-input units, at the rows of `range`; and the slope's norm. */
export async function moved(
  theta: Float32Array,
  derivative: Float32Array,
  range: RowRange,
  rate: number,
  state: PlainState,
  game: CraftGame,
  options: OptionValues,
): Promise<{ theta: Float32Array; norm: number }> {
  const { features } = game.clean;
  const base = baseOf(game, range);
  const slopes = slopesOf(game);
  const byStored = derivative.map((value, k) => value * slopes[k % features]!);
  if (isDirect(options)) return movedValues(theta, byStored, base, range, rate, game);
  const { generated, ascended } = await import('./generator-pass.js');
  const shape = generatorFor(features);
  const [middle, half] = middleOf(state);
  const inputs = inputsOf(base, labelsOf(state.arrays, range), shape.inputs, features, middle, half);
  if (game.constraint.limitsPixels) {
    const raw = generated(shape, theta, inputs, range.to - range.from).map((value) => middle + half * value);
    const within = game.constraint.project(raw, base.x);
    byStored.forEach((_, k) => (byStored[k]! *= within[k] === raw[k] ? 1 : 0));
  }
  const direction = byStored.map((value) => value * half);
  return ascended(shape, theta, inputs, direction, rate);
}

function movedValues(
  theta: Float32Array,
  byStored: Float32Array,
  base: PoisonBase,
  { from, to }: RowRange,
  rate: number,
  { constraint, clean: { features } }: CraftGame,
): { theta: Float32Array; norm: number } {
  const rows = theta.slice(from * features, to * features);
  let squared = 0;
  for (let at = 0; at < rows.length; at += features) {
    let largest = 0;
    for (let k = at; k < at + features; k++) {
      largest = Math.max(largest, Math.abs(byStored[k]!));
      squared += byStored[k]! ** 2;
    }
    if (largest > 0) for (let k = at; k < at + features; k++) rows[k]! += (rate * byStored[k]!) / largest;
  }
  const next = theta.slice();
  next.set(constraint.limitsPixels ? constraint.project(rows, base.x) : rows, from * features);
  return { theta: next, norm: Math.sqrt(squared) };
}

async function generatedRows(
  theta: Float32Array,
  base: PoisonBase,
  labels: Int32Array,
  state: PlainState,
  features: number,
): Promise<Float32Array> {
  const { generated } = await import('./generator-pass.js');
  const shape = generatorFor(features);
  const [middle, half] = middleOf(state);
  const inputs = inputsOf(base, labels, shape.inputs, features, middle, half);
  return generated(shape, theta, inputs, labels.length).map((value) => middle + half * value);
}

/** [label, u] or u of every row. */
function inputsOf(
  base: PoisonBase,
  labels: Int32Array,
  width: number,
  features: number,
  middle: number,
  half: number,
): Float32Array {
  const inputs = new Float32Array(labels.length * width);
  const before = width - features;
  labels.forEach((label, j) => {
    if (before > 0) inputs[j * width] = label;
    for (let k = 0; k < features; k++) inputs[j * width + before + k] = (base.x[j * features + k]! - middle) / half;
  });
  return inputs;
}

function middleOf({ scalars: { low, high } }: PlainState): readonly [number, number] {
  return [((low as number) + (high as number)) / 2, ((high as number) - (low as number)) / 2];
}

const labelsOf = (arrays: Arrays, { from, to }: RowRange): Int32Array =>
  (arrays.labels as Int32Array).subarray(from, to);

function baseOf(game: CraftGame, { from, to }: RowRange): PoisonBase {
  const indices = Int32Array.from({ length: to - from }, (_, j) => baseRow(game, from + j));
  return poisonBase(indices, game.stored, game.clean.y, game.clean.features);
}

/** d (model input) / d (stored) of each feature: scalings are straight lines. */
function slopesOf({ toModelInput, clean: { features } }: CraftGame): Float32Array {
  const zero = toModelInput(new Float32Array(features));
  return toModelInput(new Float32Array(features).fill(1)).map((value, k) => value - zero[k]!);
}
