/** What `theriac online` is told, checked as far as it can be before any service is asked. */
import { defenceText, numberOption, parseDefences, parseOptions } from '@theriac/game';
import type { DefenceChoice, Manifest, OptionValues } from '@theriac/game';
import { onlineAttacks, onlineDefences, poisonPerTick } from '@theriac/game/online';
import type { ChosenDefence, OnlineAttack } from '@theriac/game/online';
import { invalid } from '@theriac/tensors';
import { readSettings } from '../arguments/game-settings';
import type { GameSettings } from '../arguments/game-settings';
import { readInteger, readNumber } from '../arguments/numbers';

/** The options of `online` as commander hands them over. */
export interface OnlineFlags {
  readonly dataset: string;
  readonly model: string;
  readonly attack: string;
  readonly option: readonly string[];
  readonly share: string;
  readonly defence: readonly string[];
  readonly constraint: string;
  readonly radius?: string;
  readonly fixedLabels?: boolean;
  readonly ticks: string;
  readonly perTick: string;
  readonly users: string;
  readonly accounts: string;
  readonly learningRate: string;
  readonly lag: string;
  readonly pretrain: string;
  readonly trusted: string;
  readonly validation: string;
  readonly protocol: string;
  readonly scoreEvery: string;
  readonly collapseAt: string;
  readonly seeds: string;
  readonly seed: string;
  readonly trainLimit: string;
  readonly scaling: string;
}

/** How rows arrive and are trained on: the part of a manifest that only online games have. */
export interface OnlineSettings {
  readonly ticks: number;
  readonly perTick: number;
  readonly users: number;
  readonly accounts: number;
  /** eta. */
  readonly learningRate: number;
  /** Ticks by which the model that the attacker sees is old. */
  readonly lag: number;
  /** Rows of the clean model's training. */
  readonly pretrain: number;
  /** Rows that the trainer's gate trusts. */
  readonly trusted: number;
  readonly scoreEvery: number;
  /** kappa: the share of the clean accuracy at which a trainer has collapsed. */
  readonly collapseAt: number;
  /** Canonical texts of the chains of online defences, each for trainers of its own; none: undefended trainers only. */
  readonly defences: readonly string[];
}

/** A manifest of an online game: `attack` and `poisonFraction` are those of the stream, `protocols` how the clean model is trained. */
export type OnlineManifest = Manifest & { readonly online: OnlineSettings };

/** Whether a run's manifest is that of an online game. */
export const isOnline = (manifest: Manifest): manifest is OnlineManifest => 'online' in manifest;

/** Settings that need no service. */
export interface OnlineRequestSettings {
  readonly game: GameSettings;
  readonly validation: number;
  readonly attack: { readonly id: string; readonly options: OptionValues };
  readonly share: number;
  readonly online: OnlineSettings;
}

const mostRows = 1e6;

/** Checks the flags. Throws INVALID_ARGUMENT naming the option, what was found and what is allowed. */
export function readOnlineSettings(flags: OnlineFlags, datasets: readonly string[]): OnlineRequestSettings {
  const share = readShare(flags.share);
  const perTick = readInteger('per-tick', flags.perTick, 1, mostRows);
  if (share > 0 && poisonPerTick(share, perTick) === 0)
    throw invalid('--share', flags.share, `0, or at least ${1 / perTick}`, 'Less is not one row of a tick.');
  const game = readSettings(
    {
      ...plainFlags(flags),
      attack: flags.attack,
      option: flags.option,
      constraint: flags.constraint,
      ...(flags.radius === undefined ? {} : { radius: flags.radius }),
      ...(flags.fixedLabels === undefined ? {} : { fixedLabels: flags.fixedLabels }),
    },
    datasets,
  );
  requireSimple(game.constraint.kind);
  if (flags.protocol.includes(','))
    throw invalid('--protocol', flags.protocol, 'one protocol', 'It trains the clean model.');
  const attack = findOnlineAttack(flags.attack);
  const options = parseOptions(attack.options, game.attack?.given ?? {}, attack.id);
  const ticks = readInteger('ticks', flags.ticks, 1, mostRows);
  const trigger = options['trigger'] === undefined ? 1 : numberOption(options, 'trigger');
  if (trigger > ticks)
    throw invalid(`${attack.id}.trigger`, trigger, `a tick from 1 to ${ticks}`, 'Play more ticks, or pull it earlier.');
  return {
    game: { ...game, attack: null },
    validation: readInteger('validation', flags.validation, 1, mostRows),
    attack: { id: attack.id, options },
    share,
    online: {
      ticks,
      perTick,
      users: readInteger('users', flags.users, 1, mostRows),
      accounts: readInteger('accounts', flags.accounts, 1, mostRows),
      learningRate: readNumber('learning-rate', flags.learningRate, { above: 0, maximum: 1e6 }),
      lag: readInteger('lag', flags.lag, 0, 1000),
      pretrain: readInteger('pretrain', flags.pretrain, 1, mostRows),
      trusted: readInteger('trusted', flags.trusted, 1, mostRows),
      scoreEvery: readInteger('score-every', flags.scoreEvery, 1, mostRows),
      collapseAt: readNumber('collapse-at', flags.collapseAt, { above: 0, maximum: 1 }),
      defences: readDefences(flags.defence),
    },
  };
}

/** The attack called `id`. Throws INVALID_ARGUMENT naming those there are. */
export function findOnlineAttack(id: string): OnlineAttack {
  const found = onlineAttacks.find((attack) => attack.id === id);
  if (found !== undefined) return found;
  throw invalid('--attack', id, onlineAttacks.map((attack) => attack.id).join(', '), 'These play online games.');
}

/** The chain of a canonical text; empty for "none". Throws INVALID_ARGUMENT naming `defence`. */
export function onlineChain(text: string): ChosenDefence[] {
  return onlineChoices(text).flatMap(({ id, options }) =>
    onlineDefences.filter((defence) => defence.id === id).map((defence) => ({ defence, options })),
  );
}

/** Every chain once; "none" is always played. */
function readDefences(texts: readonly string[]): string[] {
  return [...new Set(texts.map((text) => defenceText(onlineChoices(text))))].filter((text) => text !== 'none');
}

function onlineChoices(text: string): DefenceChoice[] {
  return parseDefences(text, onlineDefences);
}

function readShare(text: string): number {
  const percentage = /^(.*)%$/.exec(text.trim())?.[1];
  const value = Number((percentage ?? text).trim() || Number.NaN) / (percentage === undefined ? 1 : 100);
  if (value >= 0 && value <= 1) return value;
  throw invalid('--share', text, 'a share of the arrivals from 0 to 1, such as 0.1 or 10%', '0 is no attacker.');
}

/** Constraints that need no statistics of the clean data. */
function requireSimple(kind: string): void {
  const simple = ['none', 'box', 'linf-ball'];
  if (!simple.includes(kind)) throw invalid('--constraint', kind, simple.join(', '), 'Online games take these.');
}

function plainFlags(flags: OnlineFlags) {
  return {
    dataset: flags.dataset,
    model: flags.model,
    // A fraction above 0, so that attack and options are read; the share of an online game is another thing.
    poisonFraction: '1',
    protocol: [flags.protocol],
    attackerProtocol: flags.protocol,
    seeds: flags.seeds,
    seed: flags.seed,
    trainLimit: flags.trainLimit,
    scaling: flags.scaling,
  };
}
