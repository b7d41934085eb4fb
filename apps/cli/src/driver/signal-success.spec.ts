import type { Manifest } from '@theriac/game';
import { signalLines } from '../presentation/signal-lines';
import type { CraftedRecord, FinishedTraining, VerifiedRecord } from './records';
import { signalList, signalsCard, signalsOf, successCard } from './signal-success';
import type { SignalRecords } from './signal-success';

const planted = { name: 'first', features: [3, 4], values: [1, 0.5], target: 0 };
const erased = { name: 'second', features: [9], values: [0] };

const crafted = {
  status: 'crafted',
  signals: [planted, erased],
  metrics: { seen: 2, bound: 0.5 },
} as unknown as CraftedRecord;

const scored = (success: readonly (readonly number[])[]): FinishedTraining =>
  ({ status: 'scored', scores: { accuracies: success.map(() => 90), success } }) as unknown as FinishedTraining;

const records: SignalRecords = {
  manifest: { protocols: ['adam'], seeds: [1, 2], keepEpochs: 10 } as unknown as Manifest,
  crafted,
  verified: { cleanSuccess: { 'clean-adam-1': [10, 70], 'clean-adam-2': [12, 74] } } as unknown as VerifiedRecord,
  trainings: new Map([
    // Of twelve epochs the last ten count: the first two are 0.
    ['poisoned-adam-1', scored([...[0, 0].map((v) => [v, v]), ...Array.from({ length: 10 }, () => [80, 90])])],
    [
      'poisoned-adam-2',
      scored([
        [96, 100],
        [100, 100],
      ]),
    ],
  ]),
};

describe('signals', () => {
  it('come back from the contract as they went, with and without a target', () => {
    expect(signalsOf(signalList([planted, erased]).signals)).toEqual({ signals: [planted, erased] });
    expect([signalList([]), signalsOf(undefined), signalsOf({ signals: [] })]).toEqual([{}, {}, {}]);
  });

  it('are counted seed by seed over the last epochs, beside the clean models', () => {
    const [first, second] = successCard('adam', records).signals!;
    expect(first).toMatchObject({ name: 'first', success: { mean: 89, values: [80, 98] }, clean: { mean: 11 } });
    expect(second).toMatchObject({ name: 'second', success: { values: [90, 100] }, clean: { values: [70, 74] } });
  });

  it('are null for a defender that diverged', () => {
    const trainings = new Map(records.trainings).set('poisoned-adam-2', { status: 'diverged', reason: '', seconds: 0 });
    expect(successCard('adam', { ...records, trainings }).signals![0]!.success.values).toEqual([80, null]);
  });

  it('leave no trace on the card of an attack without them', () => {
    const { signals: _, ...plain } = crafted;
    expect([signalsCard(plain), successCard('adam', { ...records, crafted: plain })]).toEqual([{}, {}]);
  });

  it('are told with what is wanted of them, and what theory promises', () => {
    const card = { ...signalsCard(crafted), protocols: [{ name: 'adam', ...successCard('adam', records) }] };
    const lines = signalLines(card as unknown as Parameters<typeof signalLines>[0]);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/first signal, f\(g\(x\)\) = 0, adam: 89\.00 .*clean model 11\.00/);
    expect(lines[1]).toMatch(/second signal, f\(g\(x\)\) = f\(x\)/);
    expect(lines[2]).toMatch(/promises 50% at least/);
  });
});
