/** What a measured cell says, in the terms of a table, whatever kind it is. Accuracies in percent, drops in points. */
import { compare, spread } from '@theriac/game';
import type { RemovalCard, Spread } from '@theriac/game';
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
