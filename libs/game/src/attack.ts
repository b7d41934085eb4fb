/** What an attack is: a summary, an option schema, and three verbs over plain state. The craft loop owns everything else. */
import { invalid } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import type { Constraint } from './constraint';
import type { Model } from './model';
import type { Oracles } from './oracles';
import type { Placement, Poison } from './poison';
import type { PlainState } from './plain-state';
import type { Follower } from './follower';
import type { RowData } from './rows';
import type { Signal } from './collective/signal';

export type OptionValue = number | string | boolean;
export type OptionValues = Readonly<Record<string, OptionValue>>;

/** One option of an attack: its type, unit, range (inclusive) or choices, and default. */
export interface OptionSpec {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'string' | 'boolean';
  readonly description: string;
  readonly unit?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
  readonly default: OptionValue;
}

/** Everything a crafting run remembers between steps. */
export type CraftState = PlainState;

/**
 * What the attacker knows: the clean data mu and the validation data mu~ (model-input space), the model, w_c, eps_d, Gamma, a
 * seeded stream, the oracles, and the follower.
 */
export interface CraftGame {
  readonly clean: RowData;
  /** mu~: held out of the training rows, possibly none. Never the test split. */
  readonly validation: RowData;
  readonly stored: (row: number) => Float32Array;
  readonly model: Model;
  readonly wClean: Float32Array;
  /** |nu| / |mu|: the weight of the poison's mean gradient against the clean one's; for rows that replace, their share alpha. */
  readonly epsilonD: number;
  /** |nu|, the number of poison rows. */
  readonly count: number;
  readonly constraint: Constraint;
  readonly random: RandomStream;
  readonly oracles: Oracles;
  /** The defender's derivatives over batches, computed here or by a trainer. */
  readonly follower: Follower;
  readonly classes: number;
  /** Shape of a row: [height, width, channels] of an image, [features] of a table. */
  readonly shape: readonly number[];
  toStored(x: Float32Array): Float32Array;
  toModelInput(x: Float32Array): Float32Array;
}

/** What a model-targeted attack aims at, and how near its poison makes it: ||g(mu; w) + eps_d g(nu; w)|| at the target w. */
export interface AttackAim {
  readonly target: { readonly kind: string; readonly scale: number; readonly parameters: Float32Array };
  readonly residual: { readonly before: number; readonly after: number };
}

/** An attack on the defender's training set: `start`, then `step` until done, then `poison`; none of them keeps anything. */
export interface Attack {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly options: readonly OptionSpec[];
  /** The differential oracles it asks of the trainer. */
  readonly needs: readonly ('gradient' | 'hessian-vector' | 'mixed')[];
  /** Where its rows go; default added. Rows that replace have distinct base rows. */
  readonly placement?: Placement;
  start(game: CraftGame, options: OptionValues): CraftState;
  /** One step of the attack: seconds at most, so that cancelling is prompt. */
  step(state: CraftState, game: CraftGame, options: OptionValues): CraftState | Promise<CraftState>;
  poison(state: CraftState, game: CraftGame, options: OptionValues): Poison;
  /** Progress and diagnostics: losses, residuals, row norms, thresholds. */
  metrics(state: CraftState): Record<string, number>;
  /** How well a finished run went by the attack's own measure, larger is better: what restarts choose by. */
  objective?(state: CraftState): number;
  /** Target and residual, for an attack that has them. */
  aim?(state: CraftState, game: CraftGame, options: OptionValues): AttackAim;
  /** The signals that it plants or erases, for an attack that has them; they do not depend on how it went. */
  signals?(game: CraftGame, options: OptionValues): readonly Signal[];
}

/** An attack whose steps ask nobody: everything is computed here. */
export interface LocalAttack extends Attack {
  step(state: CraftState, game: CraftGame, options: OptionValues): CraftState;
}

/** Allowed values of an option, in words. */
export function describeOption(spec: OptionSpec): string {
  if (spec.choices !== undefined) return spec.choices.join(', ');
  if (spec.type === 'boolean') return 'true or false';
  if (spec.type === 'string') return 'a text';
  const noun = spec.type === 'integer' ? 'a whole number' : 'a number';
  const unit = spec.unit === undefined ? '' : ` (${spec.unit})`;
  if (spec.minimum !== undefined && spec.maximum !== undefined)
    return `${noun} from ${spec.minimum} to ${spec.maximum}${unit}`;
  if (spec.minimum !== undefined) return `${noun} of at least ${spec.minimum}${unit}`;
  if (spec.maximum !== undefined) return `${noun} of at most ${spec.maximum}${unit}`;
  return noun + unit;
}

function parseOption(spec: OptionSpec, found: unknown, where: string): OptionValue {
  const refuse = () => invalid(`${where}.${spec.name}`, found, describeOption(spec), `The default is ${spec.default}.`);
  if (spec.type === 'boolean') {
    if (found === true || found === 'true') return true;
    if (found === false || found === 'false') return false;
    throw refuse();
  }
  if (spec.type === 'string') {
    if (typeof found !== 'string' || (spec.choices !== undefined && !spec.choices.includes(found))) throw refuse();
    return found;
  }
  const value = typeof found === 'string' && found.trim() !== '' ? Number(found) : found;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse();
  if (spec.type === 'integer' && !Number.isSafeInteger(value)) throw refuse();
  if (spec.minimum !== undefined && value < spec.minimum) throw refuse();
  if (spec.maximum !== undefined && value > spec.maximum) throw refuse();
  return value;
}

/**
 * Checks `given` against `specs` and fills in defaults; numbers and booleans may come as text (from a command line).
 * Throws INVALID_ARGUMENT naming `where.<option>` for an unknown name, a wrong type or a value out of range.
 */
export function parseOptions(
  specs: readonly OptionSpec[],
  given: Readonly<Record<string, unknown>>,
  where: string,
): OptionValues {
  for (const name of Object.keys(given)) {
    if (!specs.some((spec) => spec.name === name))
      throw invalid(
        `option of ${where}`,
        name,
        specs.length === 0 ? 'no options at all' : specs.map((spec) => spec.name).join(', '),
        'Remove it, or see `theriac attacks` for what each attack takes.',
      );
  }
  const values: Record<string, OptionValue> = {};
  for (const spec of specs) {
    const found = given[spec.name];
    values[spec.name] = found === undefined ? spec.default : parseOption(spec, found, where);
  }
  return values;
}

/** The option as a number; `parseOptions` has already checked it. */
export function numberOption(options: OptionValues, name: string): number {
  const value = options[name];
  if (typeof value !== 'number') throw invalid(name, value, 'a number');
  return value;
}

/** The option as a text; `parseOptions` has already checked it. */
export function textOption(options: OptionValues, name: string): string {
  const value = options[name];
  if (typeof value !== 'string') throw invalid(name, value, 'a text');
  return value;
}
