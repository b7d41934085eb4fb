/** What a measured cell says, in the terms of a table, whatever kind it is. Accuracies in percent, drops in points. */
import { compare, spread } from '@theriac/game';
import type { RemovalCard, Spread } from '@theriac/game';
import { onlineFlagsOf } from '../online/online-card';
import type { ArmCard, OnlineCard } from '../online/online-card';
import { armTitle, collapseText } from '../online/online-text';
import type { MeasuredCell } from './measured-cell';

/** One protocol of a game, or the one line of another kind. */
export interface Line {
  readonly protocol: string;
  /** How many defenders, or orders of the minibatches. */
  readonly repetitions: number;
  readonly clean: Spread;
  readonly accuracy: Spread;
  /** undefined for plain training. */
  readonly drop: Spread | undefined;
  readonly gradientNorm: number | null;
  readonly distance: Spread | undefined;
  /** Success of each signal; none where the attack has no signals. */
  readonly success: readonly Spread[];
  /** What a defence left out. */
  readonly removed: RemovalCard | undefined;
  /** Of an online game: with how many seeds the trainer collapsed, and when. */
  readonly collapsed: string | undefined;
  readonly seconds: number;
}

export interface Outcome {
  /** The first is the one the table shows. */
  readonly lines: readonly Line[];
  readonly poisonCount: number;
  readonly tau: number | undefined;
  readonly craftSeconds: number | undefined;
  readonly totalSeconds: number;
  readonly flags: readonly string[];
  readonly engine: string;
  readonly machine: string;
}

/** The outcome of a measured cell. */
export function outcomeOf(measured: MeasuredCell): Outcome {
  const { manifest } = measured;
  const { name, version, device, threads } = manifest.backends.trainer;
  const engine = `${name} ${version} on ${device}, ${threads} thread${threads === 1 ? '' : 's'}`;
  if (measured.kind === 'game') return { ...gameOutcome(measured.card), engine };
  if (measured.kind === 'online') return { ...onlineOutcome(measured.card), engine };
  const shared = { poisonCount: 0, craftSeconds: undefined, flags: [], engine, machine: '' };
  if (measured.kind === 'threshold') {
    const { protocol, clean, accuracy, tau, seconds } = measured.card;
    const figures = compare([clean], [accuracy]);
    return { ...shared, lines: [line(protocol, figures, seconds)], tau, totalSeconds: seconds };
  }
  const { protocol, clean, orders, tau, seconds } = measured.card;
  const { values } = orders.corrupted;
  const figures = compare(
    values.map(() => clean),
    values,
  );
  return { ...shared, lines: [line(protocol, figures, seconds)], tau, totalSeconds: seconds };
}

function line(protocol: string, { clean, poisoned, drop }: ReturnType<typeof compare>, seconds: number): Line {
  return {
    protocol,
    repetitions: poisoned.values.length,
    // The clean model is one and the same for all orders.
    clean: spread(clean.values.slice(0, 1)),
    accuracy: poisoned,
    drop,
    gradientNorm: null,
    distance: undefined,
    success: [],
    removed: undefined,
    collapsed: undefined,
    seconds,
  };
}

function gameOutcome(card: Extract<MeasuredCell, { kind: 'game' }>['card']): Omit<Outcome, 'engine'> {
  const plain = card.attack === 'none';
  return {
    lines: card.protocols.map(
      ({ name, seeds, clean, poisoned, drop, gradientNorm, distance, signals, removed, seconds }) => ({
        protocol: name,
        repetitions: seeds.length,
        clean,
        accuracy: plain ? clean : poisoned,
        drop: plain ? undefined : drop,
        gradientNorm: gradientNorm.mean,
        distance,
        success: (signals ?? []).map(({ success }) => success),
        removed,
        collapsed: undefined,
        seconds,
      }),
    ),
    poisonCount: card.poisonCount,
    tau: card.target?.tau,
    craftSeconds: plain ? undefined : card.seconds.craft,
    totalSeconds: card.seconds.total,
    flags: card.flags,
    machine: `${card.machine['cpu'] ?? 'unknown processor'}, ${card.machine['cores'] ?? '?'} cores`,
  };
}

/** Lowest accuracy of every attacked trainer, beside that of the same trainer without attacker; the defended one first. */
function onlineOutcome({ arms, seconds, machine }: OnlineCard): Omit<Outcome, 'engine'> {
  const attacked = arms.filter((arm) => arm.attacked);
  const defended = arms.filter(({ attacked, defence }) => !attacked || defence !== 'none');
  return {
    lines: [
      ...attacked.filter(({ defence }) => defence !== 'none'),
      ...attacked.filter(({ defence }) => defence === 'none'),
    ].map((arm) => {
      const alone = arms.find(({ attacked, defence }) => !attacked && defence === arm.defence) ?? arm;
      const figures = compare(alone.lowest.values, arm.lowest.values);
      return { ...line(armTitle(arm), figures, seconds), clean: figures.clean, collapsed: collapsedText(arm) };
    }),
    poisonCount: attacked[0]?.poison.rows ?? 0,
    tau: undefined,
    craftSeconds: undefined,
    totalSeconds: seconds,
    // What an undefended trainer does is for its own cell to say.
    flags: onlineFlagsOf(defended.some(({ attacked }) => attacked) ? defended : arms),
    machine: `${machine['cpu'] ?? 'unknown processor'}, ${machine['cores'] ?? '?'} cores`,
  };
}

/** "collapsed 3 of 3 at 12, 12, 12". */
function collapsedText(arm: ArmCard): string {
  const count = `${arm.collapsed} of ${arm.curves.length}`;
  return arm.collapsed === 0 ? `collapsed ${count}` : `collapsed ${count}, at ${collapseText(arm)}`;
}
