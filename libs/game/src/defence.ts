/** What a defence is, and how a chain of them is written: `l2:share=0.1:centroids=trusted,dp-sgd:noise=1`. */
import { invalid } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import { parseOptions } from './attack';
import type { OptionSpec, OptionValues } from './attack';
import type { Model } from './model';
import type { RowData, Rows } from './rows';

/** sanitiser: leaves rows of chi out before training; training: changes how w is found; ensemble: trains several w. */
export const defenceKinds = ['sanitiser', 'training', 'ensemble'] as const;
export type DefenceKind = (typeof defenceKinds)[number];

/** A defence as it describes itself. */
export interface DefenceDescription {
  readonly id: string;
  readonly kind: DefenceKind;
  readonly summary: string;
  readonly source: string;
  readonly options: readonly OptionSpec[];
}

/** A defence that was asked for, all its options filled in. */
export interface DefenceChoice {
  readonly id: string;
  readonly options: OptionValues;
}

/** What a sanitiser may look at. Nothing here tells which rows are poison: neither a flag nor the order. */
export interface SanitiserGame {
  /** chi without what was left out before, in an order drawn from a named seed. */
  readonly rows: RowData;
  readonly classes: number;
  readonly model: Model;
  /** mu~, held out and known to be clean; possibly none. */
  readonly trusted: RowData;
  /** w trained on `rows` by the protocol and seed of the training to come; empty where the sanitiser does not fit. */
  readonly fitted: Float32Array;
  readonly random: RandomStream;
  /** Logits [count, classes] at w. */
  logits(w: Float32Array, rows: Rows): Float32Array;
  /** A B' [m, k] for A [m, width] and B [k, width], row-major. */
  products(a: Float32Array, b: Float32Array, width: number): Float32Array;
  /** X' X [width, width] for X [n, width], row-major. */
  moments(x: Float32Array, width: number): Float32Array;
  /** Call between blocks of work; throws CANCELLED when the call was cancelled. */
  pause(): Promise<void>;
}

/** A defence that leaves rows out of chi before training, once. */
export interface Sanitiser extends DefenceDescription {
  readonly kind: 'sanitiser';
  /** Whether it needs a model that was trained on the rows. */
  readonly fits: boolean;
  /** The rows to leave out: ascending indices into `game.rows`. Throws INVALID_ARGUMENT naming `defence`. */
  remove(game: SanitiserGame, options: OptionValues): Promise<Int32Array>;
}

/** What reading a chain needs to know of a defence, of whatever kind. */
type Offered = Pick<DefenceDescription, 'id' | 'options'>;

const form = 'none, or defences by comma, each id or id:option=value:option=value';

/**
 * The defences of `text`, in its order; none for "" and "none". Throws INVALID_ARGUMENT naming `defence` for an unknown one, one
 * named twice, an unknown option or a value out of range.
 */
export function parseDefences(text: string, catalogue: readonly Offered[]): DefenceChoice[] {
  if (text.trim() === '' || text.trim() === 'none') return [];
  const choices = text.split(',').map((part) => parseDefence(part.trim(), catalogue));
  const ids = choices.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw invalid('defence', `${twice} twice`, 'each defence once', 'Leave one of them out.');
  return choices;
}

function parseDefence(text: string, catalogue: readonly Offered[]): DefenceChoice {
  const [id = '', ...pairs] = text.split(':').map((part) => part.trim());
  const found = catalogue.find((defence) => defence.id === id);
  if (found === undefined)
    throw invalid(
      'defence',
      id === '' ? text : id,
      ['none', ...catalogue.map((defence) => defence.id)].join(', '),
      'See `theriac defences`.',
    );
  const given: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw invalid('defence', text, form, 'See `theriac defences` for what each takes.');
    const name = pair.slice(0, at).trim();
    if (!found.options.some((option) => option.name === name))
      throw invalid(
        `defence.${id}`,
        name,
        found.options.length === 0 ? 'no options at all' : found.options.map((option) => option.name).join(', '),
        'See `theriac defences` for what each takes.',
      );
    if (given[name] !== undefined) throw invalid(`defence.${id}`, `${name} twice`, 'each option once');
    given[name] = pair.slice(at + 1).trim();
  }
  return { id, options: parseOptions(found.options, given, `defence.${id}`) };
}

/** The canonical text of a chain, with all options: equal chains, equal texts. "none" where there is no defence. */
export function defenceText(choices: readonly DefenceChoice[]): string {
  if (choices.length === 0) return 'none';
  return choices
    .map(({ id, options }) => [id, ...Object.entries(options).map(([name, value]) => `${name}=${value}`)].join(':'))
    .join(',');
}
