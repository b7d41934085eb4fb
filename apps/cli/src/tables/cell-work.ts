/** What a cell comes to in a profile: the settings of a game, a corruption, an examination or an online game, checked against each other. */
import { readSettings } from '../arguments/game-settings';
import type { GameSettings, PlayFlags } from '../arguments/game-settings';
import type { Question } from '../driver/examination';

import { readOnlineSettings } from '../online/online-settings';
import type { OnlineRequestSettings } from '../online/online-settings';
import { usualRadius } from '../sitting/examine';
import type { CellFile, CellSettings, CorruptionCell, GameCell, ProfileName, ThresholdCell } from './cell-file';
import { refused, refusedAs } from './fields';
import { onlineFlags } from './online-flags';

export type CellWork =
  | { readonly kind: 'game'; readonly settings: GameSettings }
  | {
      readonly kind: 'corruption';
      readonly settings: GameSettings;
      readonly epsilonW: number;
      readonly orders: number;
    }
  | { readonly kind: 'threshold'; readonly settings: GameSettings; readonly question: Question }
  | { readonly kind: 'online'; readonly settings: GameSettings; readonly stream: OnlineRequestSettings };

/** The work of a cell. Throws INVALID_ARGUMENT naming the file, the profile and what does not fit. */
export function workOf(cell: CellFile, profile: ProfileName, datasets: readonly string[]): CellWork {
  const settings = cell.profiles[profile];
  return named(cell, profile, () => {
    if (settings.kind === 'game') return { kind: 'game', settings: readSettings(gameFlags(settings), datasets) };
    if (settings.kind === 'online') {
      const stream = readOnlineSettings(onlineFlags(settings), datasets);
      return { kind: 'online', settings: stream.game, stream };
    }
    const plain = readSettings(plainFlags(settings), datasets);
    if (settings.kind === 'threshold') return { kind: 'threshold', settings: plain, question: questionOf(settings) };
    const { 'epsilon-w': epsilonW, orders = 3 } = settings;
    if (epsilonW === undefined) throw refused({ file: '', key: 'epsilon-w' }, undefined, 'a radius above 0');
    return { kind: 'corruption', settings: plain, epsilonW, orders };
  });
}

/** Runs `work`; what it refuses is refused in the name of the cell's file and profile. */
export function named<T>({ file }: CellFile, profile: ProfileName, work: () => T): T {
  return refusedAs(`${file} (profile ${profile})`, work);
}

/** The settings of a game as the options of `theriac play`. */
export function gameFlags(settings: GameCell & CellSettings): PlayFlags {
  const { attack, radius, protocols, defence, validation } = settings;
  return {
    ...commonFlags(settings),
    ...(attack === undefined ? {} : { attack }),
    ...(radius === undefined ? {} : { radius: String(radius) }),
    ...(settings['fixed-labels'] === undefined ? {} : { fixedLabels: settings['fixed-labels'] }),
    ...(protocols === undefined ? {} : { protocol: protocols }),
    ...(defence === undefined ? {} : { defence }),
    ...(validation === undefined ? {} : { validation: String(validation) }),
    poisonFraction: String(settings['poison-fraction'] ?? (attack === undefined ? 0 : 0.03)),
    constraint: settings.constraint ?? 'none',
    option: [...(settings.options ?? [])].map(([name, value]) => `${name}=${String(value)}`),
    seeds: String(settings.seeds ?? 3),
  };
}

function plainFlags(settings: (CorruptionCell | ThresholdCell) & CellSettings): PlayFlags {
  return { ...commonFlags(settings), poisonFraction: '0', constraint: 'none', option: [], seeds: '1' };
}

function commonFlags(settings: Exclude<CellSettings, { kind: 'online' }>) {
  const attackerProtocol = settings['attacker-protocol'];
  return {
    dataset: settings.dataset,
    model: settings.model,
    seed: String(settings.seed ?? 0),
    trainLimit: String(settings['train-limit'] ?? 0),
    scaling: settings.scaling ?? 'standardised',
    ...(attackerProtocol === undefined ? {} : { attackerProtocol }),
  };
}

function questionOf(settings: ThresholdCell & CellSettings): Question {
  const { target: kind = 'gradpc', scale = 'auto', 'epsilon-w': epsilonW } = settings;
  return {
    kind,
    epsilonW: epsilonW ?? usualRadius(settings.model),
    scale,
    epsilonD: settings['poison-fraction'] ?? 0.03,
  };
}
