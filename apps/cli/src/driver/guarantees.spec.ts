import { certifiedAccuracies, guaranteesCard, guaranteesOf } from './guarantees';
import type { FinishedTraining } from './records';

const scored = (
  certified: number[],
  more: Partial<Extract<FinishedTraining, { status: 'scored' }>> = {},
): FinishedTraining => ({
  status: 'scored',
  parameters: { file: 'f', sha256: '', size: 0 },
  layout: [],
  loss: 1,
  gradientNorm: 1,
  stopped: 'epochs',
  seconds: 1,
  members: 9,
  scores: { accuracies: [certified[0]!], losses: [], perClass: [], confusion: [], testCount: 10, certified },
  ...more,
});
const attack = { id: 'label-flip', options: {} };

describe('guarantees', () => {
  it('count certified rows by the changes they stand', () => {
    expect(certifiedAccuracies([-1, 0, 1, 3])).toEqual([75, 50, 25, 25]);
    expect(certifiedAccuracies([-1, -1])).toEqual([]);
  });

  it('of a vote: one row, and as many as the poison has', () => {
    const [clean, poisoned] = [
      [scored([90, 80, 40]), scored([92, 70])],
      [scored([60, 50]), undefined],
    ];
    const card = guaranteesCard(clean, poisoned, 2, { attack });
    expect(card.vote).toMatchObject({ members: 9, clean: { values: [80, 70] }, poisoned: { values: [50, null] } });
    expect(card.vote?.floor?.values).toEqual([40, 0]);
    expect(card.privacy).toBeUndefined();
  });

  it('of a vote promise nothing for rows that a sanitiser chose, and half for rows in place of others', () => {
    const clean = [scored([90, 80, 40])];
    const replaced = guaranteesCard(clean, clean, 1, { attack: { ...attack, placement: 'replaced' } });
    expect(replaced.vote?.floor?.values).toEqual([40]);
    const sanitised = [scored([90, 80, 40], { removed: { rows: 3, poison: 1 } })];
    expect(guaranteesCard(clean, sanitised, 1, { attack }).vote).not.toHaveProperty('floor');
  });

  it('of privacy are the trainer own figures, without an epsilon where there is none', () => {
    const told = { delta: 1e-5, noise: 0, clip: 1, rate: 0.1, steps: 30 };
    const { privacy } = guaranteesOf({ privacy: { ...told, epsilon: undefined }, members: undefined });
    expect(privacy).toEqual({ ...told, epsilon: null });
    const run = scored([90], { privacy: { ...told, noise: 1, epsilon: 2.5 } });
    expect(guaranteesCard([run], [run], 0, { attack: null }).privacy?.epsilon).toBe(2.5);
  });
});
