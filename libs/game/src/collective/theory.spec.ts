import { randomStream } from '@theriac/tensors';
import type { RandomStream } from '@theriac/tensors';
import { criticalMassBound, successBound, upperShare } from './theory';
import type { SignalFacts } from './theory';

const facts: SignalFacts = { uniqueness: 0.01, gap: 0.9, suboptimality: 0.05, targetFloor: 0.2 };

/**
 * A world of 8 inputs and 3 labels, g sends input x to x mod 2 (so that g(X) = {0, 1}), with random P0, little of it on g(X);
 * the learner is the Bayes classifier of the mixture, by enumeration. The target is label 0.
 */
function world(random: RandomStream, rareness: number) {
  const weight = Array.from({ length: 8 }, (_, x) => (x < 2 ? rareness : 1) * random.uniform());
  const total = weight.reduce((sum, value) => sum + value, 0);
  const p = weight.map((value) => value / total);
  const labels = p.map(() => {
    const raw = [0, 1, 2].map(() => 0.05 + random.uniform());
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((value) => value / sum);
  });
  return { p, labels };
}

function bayesSuccess({ p, labels }: ReturnType<typeof world>, alpha: number, strategy: string): number {
  const mass = p.map((share, x) => labels[x]!.map((label) => (1 - alpha) * share * label));
  p.forEach((share, x) =>
    labels[x]!.forEach((label, y) => {
      const changes = strategy === 'feature-label' || y === 0;
      mass[changes ? x % 2 : x]![strategy === 'feature-label' ? 0 : y]! += alpha * share * label;
    }),
  );
  const predicted = mass.map((row) => (row[0]! > Math.max(row[1]!, row[2]!) ? 0 : 1));
  return p.reduce((sum, share, x) => sum + (predicted[x % 2] === 0 ? share : 0), 0);
}

function factsOf({ p, labels }: ReturnType<typeof world>): SignalFacts {
  return {
    uniqueness: p[0]! + p[1]!,
    gap: Math.max(...[0, 1].map((x) => Math.max(...labels[x]!) - labels[x]![0]!)),
    suboptimality: 0,
    targetFloor: Math.min(...labels.map((row) => row[0]!)),
  };
}

describe('the bound on success', () => {
  it.each(['feature-label', 'feature-only'] as const)(
    'holds for the Bayes classifier of small worlds: %s',
    (strategy) => {
      const random = randomStream(11, 'worlds');
      let telling = 0;
      for (let trial = 0; trial < 400; trial++) {
        const small = world(random, 10 ** (-3 * random.uniform()));
        for (const alpha of [0.001, 0.01, 0.05, 0.2, 0.5, 0.9]) {
          const bound = successBound(strategy, alpha, factsOf(small));
          expect(bayesSuccess(small, alpha, strategy)).toBeGreaterThanOrEqual(bound - 1e-12);
          if (bound > 0.5) telling += 1;
        }
      }
      expect(telling).toBeGreaterThan(100);
    },
  );

  it('rises with alpha, falls with xi, and is between 0 and 1', () => {
    for (const strategy of ['feature-label', 'feature-only'] as const) {
      const bounds = [0, 0.001, 0.01, 0.1, 0.5, 1].map((alpha) => successBound(strategy, alpha, facts));
      expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
      expect(bounds[0]).toBe(0);
      expect(bounds[5]).toBeLessThanOrEqual(1);
      expect(successBound(strategy, 0.5, { ...facts, uniqueness: 0.1 })).toBeLessThan(bounds[4]!);
    }
  });
});

describe('the bound on critical mass', () => {
  it('is where the bound on success reaches the level', () => {
    for (const strategy of ['feature-label', 'feature-only'] as const) {
      const alpha = criticalMassBound(strategy, 0.9, facts)!;
      expect(successBound(strategy, alpha, facts)).toBeCloseTo(0.9, 12);
    }
  });

  it('is c / (1 - S* + c) for feature-label', () => {
    const c = (0.95 * 0.9 + 0.1) * 0.01;
    expect(criticalMassBound('feature-label', 0.9, facts)).toBeCloseTo(c / (0.1 + c), 14);
  });

  it('promises nothing where no row could have the target, or not even everybody suffices', () => {
    expect(criticalMassBound('feature-only', 0.9, { ...facts, targetFloor: 0 })).toBeUndefined();
    expect(criticalMassBound('feature-only', 0.9, { ...facts, uniqueness: 0.9 })).toBeUndefined();
    expect(criticalMassBound('feature-label', 0.9, { ...facts, uniqueness: 0 })).toBe(0);
  });
});

describe('upperShare', () => {
  it('is 1 - 0.05^(1/n) where none was seen', () => {
    for (const n of [10, 5000, 60000]) expect(upperShare(0, n)).toBeCloseTo(1 - 0.05 ** (1 / n), 10);
  });

  it('agrees with published limits of Clopper and Pearson (one-sided 97.5%)', () => {
    expect(upperShare(1, 10, 0.975)).toBeCloseTo(0.44502, 5);
    expect(upperShare(5, 10, 0.975)).toBeCloseTo(0.81291, 5);
    expect(upperShare(10, 10, 0.975)).toBe(1);
  });
});
