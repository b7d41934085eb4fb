/** The result card of an online game. Accuracies in percent, regret in percentage points times ticks. */
import { manifestDigest, requireFinite, rounded, runId, spread } from '@theriac/game';
import type { OptionValues, Spread } from '@theriac/game';
import { regret, ticksToCollapse } from '@theriac/game/online';
import { describeMachine } from '../driver/machine';
import type { Arm, Scored, TrajectoryRecord } from './online-game';
import type { OnlineManifest, OnlineSettings } from './online-settings';

/** One kind of trainer over all seeds, in the order of `seeds`. */
export interface ArmCard {
  readonly name: string;
  readonly attacked: boolean;
  readonly defence: string;
  /** Accuracy after the last tick; null where the trainer diverged. */
  readonly final: Spread;
  /** Lowest scored accuracy. */
  readonly lowest: Spread;
  /** First scored tick at which it had collapsed, by seed; null: it survived. */
  readonly ticksToCollapse: readonly (number | null)[];
  readonly collapsed: number;
  /** Against the trainer without attacker and defence on the same stream; null where either diverged. */
  readonly regret: Spread;
  readonly regretPerTick: Spread;
  /** Mean shares over seeds of what arrived, 0 to 1: trained on, and its weight where users are capped; null: none arrived. */
  readonly honest: { readonly trained: number | null; readonly weight: number | null };
  readonly poison: { readonly rows: number; readonly trained: number | null; readonly weight: number | null };
  /** Ticks whose step was rolled back. */
  readonly rolledBack: Spread;
  /** Test accuracy at the scored ticks, one curve per seed. */
  readonly curves: readonly (readonly { readonly tick: number; readonly accuracy: number }[])[];
}

export interface OnlineCard {
  readonly kind: 'online';
  readonly id: string;
  readonly manifestDigest: string;
  readonly dataset: string;
  readonly model: string;
  readonly attack: string;
  readonly options: OptionValues;
  /** alpha. */
  readonly share: number;
  readonly defences: readonly string[];
  readonly constraint: OnlineManifest['constraint'];
  readonly stream: Omit<OnlineSettings, 'defences'>;
  /** Of the clean models, before the first tick. */
  readonly clean: Spread;
  readonly arms: readonly ArmCard[];
  readonly definitions: { readonly collapse: string; readonly regret: string };
  readonly seeds: readonly number[];
  readonly seconds: number;
  readonly backends: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly flags: readonly string[];
}

/** The card of trainers that have played; `records` by the arm's name, one per seed. */
export function assembleOnlineCard(
  manifest: OnlineManifest,
  played: readonly Arm[],
  records: ReadonlyMap<string, readonly TrajectoryRecord[]>,
  seconds: number,
): OnlineCard {
  const { game, online, constraint, seeds, backends } = manifest;
  const { defences, ...stream } = online;
  const reference = records.get('clean') ?? [];
  const cards = played.map((arm) => armCard(arm, records.get(arm.name) ?? [], reference, online));
  return {
    kind: 'online',
    id: runId(manifest),
    manifestDigest: manifestDigest(manifest),
    dataset: game.dataset,
    model: game.model,
    attack: manifest.poisonFraction === 0 ? 'none' : (manifest.attack?.id ?? 'none'),
    options: manifest.attack?.options ?? {},
    share: manifest.poisonFraction,
    defences,
    constraint,
    stream,
    clean: spread(reference.map(({ curve }) => curve[0]?.accuracy ?? null)),
    arms: cards,
    definitions: {
      collapse: `the first scored tick at which test accuracy is at most ${online.collapseAt} times that of the clean model`,
      regret:
        'sum over ticks of the accuracy of a trainer without attacker and defence on the same honest rows less that of this one, percentage points times ticks',
    },
    seeds,
    seconds: rounded(seconds),
    backends: Object.fromEntries(
      Object.entries(backends).map(([role, { name, version, device, threads }]) => [
        role,
        `${name} ${version} on ${device}, ${threads} thread${threads === 1 ? '' : 's'}`,
      ]),
    ),
    machine: describeMachine(),
    flags: onlineFlagsOf(cards),
  };
}

/** The bytes of card.json. Throws INVALID_ARGUMENT when a figure is not finite. */
export function onlineCardText(card: OnlineCard): string {
  requireFinite(card, 'card');
  return `${JSON.stringify(card, null, 2)}\n`;
}

function armCard(
  { name, attacked, defence }: Arm,
  records: readonly TrajectoryRecord[],
  reference: readonly TrajectoryRecord[],
  { collapseAt, ticks }: OnlineSettings,
): ArmCard {
  const collapses = records.map(
    ({ status, tick, curve }) =>
      // Leaving the finite numbers is a collapse, at the tick that was not finished.
      ticksToCollapse(curve, collapseAt) ?? (status === 'diverged' ? tick + 1 : null),
  );
  const regrets = records.map(({ status, curve }, k) => {
    const other = reference[k];
    return status === 'played' && other?.status === 'played' ? regret(other.curve, curve) : null;
  });
  return {
    name,
    attacked,
    defence,
    final: spread(records.map(({ status, curve }) => (status === 'played' ? (curve.at(-1)?.accuracy ?? null) : null))),
    lowest: spread(records.map(({ curve }) => Math.min(...curve.map(({ accuracy }) => accuracy)))),
    ticksToCollapse: collapses,
    collapsed: collapses.filter((tick) => tick !== null).length,
    regret: spread(regrets),
    regretPerTick: spread(regrets.map((value) => (value === null ? null : value / ticks))),
    honest: sharesOf(records, 'honest'),
    poison: {
      rows: records.reduce((sum, { totals }) => sum + totals.poison.arrived, 0),
      ...sharesOf(records, 'poison'),
    },
    rolledBack: spread(records.map(({ totals }) => totals.rolledBack)),
    curves: records.map(({ curve }) => curve.map(pointOf)),
  };
}

const pointOf = ({ tick, accuracy }: Scored) => ({ tick, accuracy: rounded(accuracy) });

function sharesOf(records: readonly TrajectoryRecord[], kind: 'honest' | 'poison') {
  const sum = (stage: 'arrived' | 'trained' | 'weight'): number =>
    records.reduce((total, { totals }) => total + totals[kind][stage], 0);
  const arrived = sum('arrived');
  const share = (value: number): number | null => (arrived === 0 ? null : rounded(value / arrived));
  return { trained: share(sum('trained')), weight: share(sum('weight')) };
}

/** What to know of these trainers before believing their figures. */
export function onlineFlagsOf(cards: readonly ArmCard[]): string[] {
  const undone = cards.filter(({ attacked, collapsed }) => !attacked && collapsed > 0);
  const standing = cards.filter(
    ({ attacked, defence, collapsed, curves }) => attacked && defence === 'none' && collapsed < curves.length,
  );
  const broken = cards.filter(({ attacked, defence, collapsed }) => attacked && defence !== 'none' && collapsed > 0);
  const seeds = (count: number, { curves }: ArmCard): string => `with ${count} of ${curves.length} seeds`;
  return [
    ...undone.map(
      (arm) => `A trainer without attacker (defence ${arm.defence}) collapsed ${seeds(arm.collapsed, arm)}.`,
    ),
    ...standing.map((arm) => `The undefended trainer survived ${seeds(arm.curves.length - arm.collapsed, arm)}.`),
    ...broken.map((arm) => `The trainer defended by ${arm.defence} collapsed ${seeds(arm.collapsed, arm)}.`),
  ];
}
