/** How well an attack's signals fare: S(alpha), the share of test rows with f(g(x)) = y*, or, of a signal that is erased, f(x). */
import type { Signal as WireSignal, SignalList } from '@theriac/contract/game';
import { rounded, spread, summariseCurve } from '@theriac/game';
import type { Manifest, ProtocolCard, ResultCard, Signal } from '@theriac/game';
import type { CraftedRecord, FinishedTraining, VerifiedRecord } from './records';
import { defenderTasks } from './table-of-work';

/** Signals as the contract says them; nothing where there are none. */
export function signalList(signals: readonly Signal[]): { signals?: SignalList } {
  const message = ({ name, features, values, target }: Signal): WireSignal => ({
    name,
    features: [...features],
    values: [...values],
    target,
  });
  return signals.length === 0 ? {} : { signals: { signals: signals.map(message) } };
}

/** Signals of the contract as the record of crafting keeps them; nothing where there are none. */
export function signalsOf(list: SignalList | undefined): Pick<CraftedRecord, 'signals'> {
  if (list === undefined || list.signals.length === 0) return {};
  return {
    signals: list.signals.map(({ target, ...rest }) => (target === undefined ? rest : { ...rest, target })),
  };
}

/** What a game's records hold about its signals. */
export interface SignalRecords {
  readonly manifest: Manifest;
  readonly crafted: CraftedRecord | undefined;
  readonly verified: VerifiedRecord | undefined;
  readonly trainings: ReadonlyMap<string, FinishedTraining>;
}

/** The signals of a game, for its card, and the attack's own figures about them; nothing where it has none. */
export function signalsCard(crafted: CraftedRecord | undefined): Pick<ResultCard, 'signals' | 'figures'> {
  if (crafted?.signals === undefined) return {};
  const figures = Object.entries(crafted.metrics).map(([name, value]) => [name, value] as const);
  return {
    signals: crafted.signals.map(({ name, features, target }) => ({
      name,
      features: features.length,
      target: target ?? null,
    })),
    figures: Object.fromEntries(figures.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Success under one protocol, in percent, one spread per signal. */
export function successCard(name: string, records: SignalRecords): Pick<ProtocolCard, 'signals'> {
  const { manifest, crafted, verified, trainings } = records;
  if (crafted?.signals === undefined) return {};
  const tasks = (poisoned: boolean) => defenderTasks({ ...manifest, protocols: [name] }, poisoned);
  return {
    signals: crafted.signals.map((signal, k) => ({
      name: signal.name,
      success: spread(tasks(true).map(({ key }) => lastEpochs(trainings.get(key), k))),
      clean: spread(tasks(false).map(({ key }) => atIndex(verified?.cleanSuccess?.[key], k))),
    })),
  };
}

/** Mean over the last ten epochs, as accuracies are. */
function lastEpochs(run: FinishedTraining | undefined, k: number): number | null {
  const success = run?.status === 'scored' ? run.scores.success : undefined;
  if (success === undefined) return null;
  const curve = success.map((epoch) => epoch[k] ?? NaN);
  return summariseCurve(curve)?.final ?? null;
}

function atIndex(values: readonly number[] | undefined, k: number): number | null {
  const value = values?.[k];
  return value === undefined ? null : rounded(value);
}
