/** What the command line says about a game, checked as far as it can be before any service is asked. */
import { resolve } from 'node:path';
import { isOwnData } from '@theriac/datasets';
import { constraintText, parseConstraintText, parsePoisonFraction } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { readInteger, readNumber } from './numbers';

/** The options of `play` as commander hands them over. */
export interface PlayFlags {
  readonly dataset: string;
  readonly model: string;
  readonly attack?: string;
  readonly target?: string;
  readonly poisonFraction: string;
  readonly constraint: string;
  readonly radius?: string;
  readonly fixedLabels?: boolean;
  readonly option: readonly string[];
  readonly follower?: string;
  readonly defence?: string;
  readonly validation?: string;
  readonly protocol?: readonly string[];
  readonly attackerProtocol?: string;
  readonly seeds: string;
  readonly seed: string;
  readonly trainLimit: string;
  readonly scaling: string;
}

/** A game as asked for: the parts of a manifest that need no service. */
export interface GameSettings {
  readonly game: Manifest['game'];
  readonly attack: {
    readonly id: string;
    readonly given: Readonly<Record<string, string>>;
    readonly follower?: 'remote';
  } | null;
  /** eps_d; Infinity: everything. */
  readonly poisonFraction: number;
  readonly constraint: Manifest['constraint'];
  /** As it was written; the trainer knows what there is. */
  readonly defence: string;
  /** undefined: the defaults for the model. */
  readonly protocols: readonly string[] | undefined;
  /** undefined: the default for model and attack. */
  readonly attackerProtocol: string | undefined;
  readonly attackSeed: number;
  readonly seeds: readonly number[];
}

const followers = ['local', 'remote'] as const;
const scalings = ['standardised', 'symmetric', 'stored'] as const;
const mostSeeds = 100;
const ownDataForm = 'path:FOLDER_OR_FILE';

/** Checks the flags of `play`. Throws INVALID_ARGUMENT naming the option, what was found and what is allowed. */
export function readSettings(flags: PlayFlags, datasets: readonly string[]): GameSettings {
  const poisonFraction = readFraction(flags.poisonFraction);
  const attackSeed = readInteger('seed', flags.seed, 0, Number.MAX_SAFE_INTEGER - mostSeeds);
  const count = readInteger('seeds', flags.seeds, 1, mostSeeds);
  return {
    game: {
      dataset: readDataset(flags.dataset, datasets),
      trainLimit: readInteger('train-limit', flags.trainLimit, 0, 2 ** 31 - 1),
      validationCount: readInteger('validation', flags.validation ?? '0', 0, 2 ** 31 - 1),
      model: flags.model,
      scaling: oneOf('scaling', flags.scaling, scalings),
    },
    attack: readAttack(flags, poisonFraction),
    poisonFraction,
    constraint: readConstraint(flags),
    defence: flags.defence ?? 'none',
    protocols: flags.protocol?.flatMap((list) => list.split(',')).map((name) => name.trim()),
    attackerProtocol: flags.attackerProtocol?.trim(),
    attackSeed,
    seeds: Array.from({ length: count }, (_, index) => attackSeed + 1 + index),
  };
}

/** An id of the list; or a user's own data, by an absolute path, as every service has to find them. */
function readDataset(found: string, datasets: readonly string[]): string {
  if (!isOwnData(found)) return oneOf('dataset', found, [...datasets, ownDataForm], 'See `theriac datasets`.');
  const path = found.slice(found.indexOf(':') + 1);
  if (path === '') throw invalid('--dataset', found, ownDataForm, 'Name a folder or file.');
  return `path:${resolve(path)}`;
}

/** eps_d; Infinity for `everything`, which only attacks that replace rows can mean. */
function readFraction(text: string): number {
  const allowed = "a ratio to the clean count from 0 to 100, such as 0.03, a percentage, such as 3%, or 'everything'";
  let fraction: ReturnType<typeof parsePoisonFraction>;
  try {
    fraction = parsePoisonFraction(text);
  } catch {
    throw invalid('--poison-fraction', text, allowed, '0 is training without poison.');
  }
  return fraction.kind === 'ratio' ? fraction.epsilonD : Infinity;
}

function readAttack(flags: PlayFlags, poisonFraction: number): GameSettings['attack'] {
  const given: Record<string, string> = {};
  for (const pair of flags.option) {
    const at = pair.indexOf('=');
    if (at <= 0) throw invalid('--option', pair, 'name=value', 'See `theriac attacks` for what each attack takes.');
    given[pair.slice(0, at)] = pair.slice(at + 1);
  }
  if (flags.target !== undefined) {
    if (given['target'] !== undefined && given['target'] !== flags.target)
      throw invalid('--target', flags.target, `${given['target']}, as --option target says`, 'Give one of the two.');
    given['target'] = flags.target;
  }
  if (poisonFraction === 0) return null;
  if (flags.attack === undefined)
    throw invalid(
      '--attack',
      undefined,
      'an attack id',
      'See `theriac attacks`; --poison-fraction 0 trains without one.',
    );
  const remote = oneOf('follower', flags.follower ?? 'local', followers) === 'remote';
  return { id: flags.attack, given, ...(remote ? { follower: 'remote' as const } : {}) };
}

function readConstraint(flags: PlayFlags): Manifest['constraint'] {
  const parts = parseConstraintText(flags.constraint, '--constraint');
  const kind = constraintText(parts.filter((part) => part.kind !== 'fixed-labels'));
  const fixedLabels = flags.fixedLabels === true || parts.some((part) => part.kind === 'fixed-labels');
  if (!parts.some((part) => part.kind === 'linf-ball')) {
    if (flags.radius !== undefined)
      throw invalid('--radius', flags.radius, `nothing for the constraint ${kind}`, 'It belongs to linf-ball.');
    return { kind, radius: 0, fixedLabels };
  }
  if (flags.radius === undefined)
    throw invalid('--radius', undefined, 'a number above 0, in stored units', 'For example --radius 0.1.');
  return { kind, radius: readNumber('radius', flags.radius, { above: 0 }), fixedLabels };
}

/** One of a closed list of words. */
export function oneOf<W extends string>(option: string, found: string, allowed: readonly W[], remedy?: string): W {
  const word = allowed.find((candidate) => candidate === found);
  if (word === undefined) throw invalid(`--${option}`, found, allowed.join(', '), remedy);
  return word;
}
