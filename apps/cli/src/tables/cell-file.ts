/** One cell of a table: what is played or measured, and how in each profile. */
import { parseConstraintText } from '@theriac/game';
import {
  flag,
  integer,
  listOf,
  mappingOf,
  number,
  optionValue,
  readFields,
  readYaml,
  refused,
  text,
  word,
} from './fields';
import type { Place, Reader, Values } from './fields';

export const profileNames = ['quick', 'standard', 'paper'] as const;
/** quick: two cores, minutes; standard: two cores, hours; paper: as published. */
export type ProfileName = (typeof profileNames)[number];

export const cellKinds = ['game', 'corruption', 'threshold', 'online'] as const;
/** game: an attack, or plain training; corruption: GradPC; threshold: tau of a target; online: a trainer that learns from a stream. */
export type CellKind = (typeof cellKinds)[number];

const mostSeeds = 100;

const everyKind = {
  dataset: text,
  model: text,
  'train-limit': integer(0, 2 ** 31 - 1),
  scaling: word('standardised', 'symmetric', 'stored'),
  seed: integer(0, 2 ** 31 - 1),
};
const common = { ...everyKind, 'attacker-protocol': text };
const rows = integer(1, 1e6);

/** The settings of each kind, as `theriac play`, `corrupt`, `threshold` and `online` take them. */
export const settingsFields = {
  game: {
    ...common,
    attack: text,
    options: mappingOf(optionValue),
    'poison-fraction': number({ minimum: 0, maximum: 100 }),
    constraint: constraintReader(),
    radius: number({ above: 0, maximum: 1e6 }),
    'fixed-labels': flag,
    defence: text,
    validation: integer(0, 2 ** 31 - 1),
    protocols: listOf(text),
    seeds: integer(1, mostSeeds),
  },
  corruption: { ...common, 'epsilon-w': number({ above: 0, maximum: 1e6 }), orders: integer(1, mostSeeds) },
  threshold: {
    ...common,
    target: word('clean', 'gradpc', 'scaled', 'reversed'),
    'epsilon-w': number({ above: 0, maximum: 1e6 }),
    'poison-fraction': number({ above: 0, maximum: 100 }),
    scale: scaleReader(),
  },
  online: {
    ...everyKind,
    attack: text,
    options: mappingOf(optionValue),
    share: number({ minimum: 0, maximum: 1 }),
    constraint: constraintReader(),
    radius: number({ above: 0, maximum: 1e6 }),
    'fixed-labels': flag,
    defence: text,
    ticks: rows,
    'per-tick': rows,
    users: rows,
    accounts: rows,
    'learning-rate': number({ above: 0, maximum: 1e6 }),
    lag: integer(0, 1000),
    pretrain: rows,
    trusted: rows,
    validation: rows,
    protocol: text,
    'score-every': rows,
    'collapse-at': number({ above: 0, maximum: 1 }),
    seeds: integer(1, mostSeeds),
  },
} as const;

export type GameCell = { readonly kind: 'game' } & Values<(typeof settingsFields)['game']>;
export type CorruptionCell = { readonly kind: 'corruption' } & Values<(typeof settingsFields)['corruption']>;
export type ThresholdCell = { readonly kind: 'threshold' } & Values<(typeof settingsFields)['threshold']>;
export type OnlineCell = { readonly kind: 'online' } & Values<(typeof settingsFields)['online']>;
/** Everything about a cell in one profile. */
export type CellSettings = (GameCell | CorruptionCell | ThresholdCell | OnlineCell) & {
  readonly dataset: string;
  readonly model: string;
};

export interface CellFile {
  /** The file's name without its ending. */
  readonly id: string;
  /** The file as errors name it. */
  readonly file: string;
  readonly row: string;
  readonly column: string;
  readonly profiles: Readonly<Record<ProfileName, CellSettings>>;
}

/** Reads a cell. Throws INVALID_ARGUMENT naming file, key, what was found and what is allowed. */
export function parseCell(content: string, id: string, file: string): CellFile {
  const document = readYaml(content, file);
  const place: Place = { file, key: '' };
  const kind = kindOf(document, file);
  const fields = settingsFields[kind];
  const settings = (value: unknown, at: Place): object => readFields(value ?? {}, at, fields);
  const head = {
    kind: word(...cellKinds),
    row: text,
    column: text,
    ...fields,
    profiles: (value: unknown, at: Place) =>
      readFields(value, at, { quick: settings, standard: settings, paper: settings }, profileNames),
  };
  const {
    row,
    column,
    profiles,
    kind: _,
    ...shared
  } = readFields(document, place, head, ['row', 'column', 'dataset', 'model', 'profiles']);
  const whole = (profile: ProfileName): CellSettings => {
    const own = (profiles as Values<Record<ProfileName, Reader<object>>>)[profile];
    const { options: base, ...rest } = shared as Omit<GameCell, 'kind'>;
    const { options, ...changes } = { ...own } as Omit<GameCell, 'kind'>;
    const both = new Map([...(base ?? []), ...(options ?? [])]);
    return { kind, ...rest, ...changes, ...(both.size === 0 ? {} : { options: both }) } as CellSettings;
  };
  return {
    id,
    file,
    row: row ?? '',
    column: column ?? '',
    profiles: { quick: whole('quick'), standard: whole('standard'), paper: whole('paper') },
  };
}

function kindOf(document: unknown, file: string): CellKind {
  const kind = (document as { kind?: unknown } | null)?.kind;
  return kind === undefined ? 'game' : word(...cellKinds)(kind, { file, key: 'kind' });
}

/** Constraints as `--constraint` takes them. */
function constraintReader(): Reader<string> {
  return (value, place) => {
    const written = text(value, place);
    parseConstraintText(written, `${place.file}: ${place.key}`);
    return written;
  };
}

/** A factor of the last layer; auto: the largest that keeps tau within the poison fraction. */
function scaleReader(): Reader<number | 'auto'> {
  const factor = number({ above: 0, maximum: 1e6 });
  return (value, place) => {
    if (value === 'auto') return value;
    if (typeof value === 'number') return factor(value, place);
    throw refused(place, value, 'auto, or a number above 0');
  };
}
