import type { Dataset } from '@theriac/datasets';
import type { ResultCard } from '@theriac/game';
import { spread } from '@theriac/game';
import type { GameSettings } from '../arguments/game-settings';
import { cleanRows, criticalMassOf } from './critical-mass';
import { criticalMassText } from './critical-mass-verb';

const settings = { game: { trainLimit: 1000, validationCount: 0 } } as unknown as GameSettings;
const figures = { uniqueness: 0.001, gap: 1, suboptimality: 0, targetFloor: 0.5 };

/** A game whose signal succeeds with one percent per member, up to all. */
function played(fraction: number, change: Partial<ResultCard> = {}): ResultCard {
  const success = Math.min(100, Math.round(fraction * 1000));
  const signals = [{ name: 'signal', success: spread([success]), clean: spread([10]) }];
  return {
    id: `run-${success}`,
    dataset: 'mnist',
    model: 'lr',
    defence: 'none',
    options: { strategy: 'feature-label' },
    seeds: [1],
    signals: [{ name: 'signal', features: 25, target: 0 }],
    figures,
    protocols: [{ name: 'adam', signals, poisoned: spread([91]) }],
    backend: 'fake',
    machine: {},
    ...change,
  } as unknown as ResultCard;
}

const search = { level: 90, from: 8, most: 1000, resolution: 1 };

describe('criticalMassOf', () => {
  it('finds the least collective, with the bound of theory beside it', async () => {
    const asked: number[] = [];
    const found = await criticalMassOf(settings, 1000, search, async ({ poisonFraction }) => {
      asked.push(Math.round(poisonFraction * 1000));
      return played(poisonFraction);
    });
    expect(found).toMatchObject({ members: 90, below: 89, alpha: 0.09, rows: 1000, protocol: 'adam' });
    expect(asked.slice(0, 5)).toEqual([8, 16, 32, 64, 128]);
    expect(found.tried.map(({ members }) => members)).toEqual(asked);
    expect(found.bound).toBeCloseTo(0.001 / (0.1 + 0.001), 12);
    const text = criticalMassText(found);
    expect(text).toMatch(/Critical mass: 9%, 90 of 1000 members suffice and 89 do not/);
    expect(text).toMatch(/from 0\.9901% on, 9\.901 members/);
  });

  it('says so where nobody suffices, and where theory promises nothing', async () => {
    const found = await criticalMassOf(settings, 1000, { ...search, most: 20 }, async ({ poisonFraction }) =>
      played(poisonFraction, { options: { strategy: 'signal-erasing' } }),
    );
    expect(found).toMatchObject({ members: null, below: 20, alpha: null, bound: null });
    expect(criticalMassText(found)).toMatch(/none found; 20 of 1000 members do not suffice/);
  });

  it('has no bound for two collectives', async () => {
    const signals = ['first', 'second'].map((name) => ({ name, features: 25, target: 0 }));
    const found = await criticalMassOf(settings, 1000, search, async ({ poisonFraction }) =>
      played(poisonFraction, { signals }),
    );
    expect(found.bound).toBeNull();
  });

  it('refuses an attack without signals', async () => {
    const plain = { protocols: [{ name: 'adam', poisoned: spread([91]) }] } as unknown as Partial<ResultCard>;
    await expect(
      criticalMassOf(settings, 1000, search, async ({ poisonFraction }) => played(poisonFraction, plain)),
    ).rejects.toThrow(/attack without signals/);
  });
});

describe('cleanRows', () => {
  it('counts the data, or takes the limit where only the services have them', () => {
    expect(cleanRows(settings, { train: { count: 700 } } as Dataset)).toBe(700);
    expect(cleanRows(settings, undefined)).toBe(1000);
    const unknown = { game: { trainLimit: 0, validationCount: 0 } } as unknown as GameSettings;
    expect(() => cleanRows(unknown, undefined)).toThrow(/not known here/);
  });
});
