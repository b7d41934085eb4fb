import { parseOptions } from '@theriac/game';
import fc from 'fast-check';
import { capturedArticles, frontrunningOptions, frontrunningReport } from './frontrunning-scenario';
import { measuredRates } from './measured-hash';
import { withinOrder } from './published';
import { capturedRows, splitViewOptions, splitViewReport } from './split-view-scenario';

const splitView = (given: Record<string, unknown> = {}) => parseOptions(splitViewOptions, given, 'split-view');
const frontrunning = (given: Record<string, unknown> = {}) => parseOptions(frontrunningOptions, given, 'frontrunning');
const rates = { bypass: 0.002, benignPass: 0.93 };

describe('the split-view scenario', () => {
  const report = splitViewReport(splitView(), rates, 0);

  it('with published parameters comes to the published shares in order of magnitude', () => {
    expect(report.published.map(({ what, kind, agrees }) => [what, kind, agrees])).toEqual([
      ['share of the index for 60 dollars', 'result', true],
      ['images for 60 dollars', 'result', true],
      ['share of documents on expired domains', 'input', true],
      ['hash mismatches after eight months', 'input', true],
      ['share of downloads that are reached', 'input', true],
    ]);
  });

  it('simulates what is expected', () => {
    const { mean, sd } = report.boughtShare;
    expect(Math.abs(mean! - report.expectedShare!)).toBeLessThan((5 * sd!) / Math.sqrt(20));
    expect(report.cost.mean).toBe(60);
    expect(report.domainsBought.mean).toBe(6);
  });

  it('says what each protection brings and costs', () => {
    const by = Object.fromEntries(report.protections.map((one) => [one.id, one]));
    expect(by['none']!.poisonShare.mean).toBeGreaterThan(1e-5);
    expect(by['exact-hash']).toMatchObject({ poisonShare: { mean: 0 }, curatorBytes: 32 * 4e8 });
    expect(by['exact-hash']!.benignLoss.mean).toBeGreaterThan(0.15);
    expect(by['perceptual-hash']!.benignLoss.mean).toBeLessThan(by['exact-hash']!.benignLoss.mean! / 5);
    expect(by['perceptual-hash']!.poisonShare.mean).toBeLessThan(by['none']!.poisonShare.mean! / 100);
    expect(by['mirror']).toMatchObject({ poisonShare: { mean: 0 }, benignLoss: { mean: 0 }, curatorBytes: 1e13 });
  });

  it('has no closed form where prices spread', () => {
    const spreadOut = splitViewReport(splitView({ 'price-spread': 1, domains: 100_000, repeats: 3 }), rates, 0);
    expect(spreadOut.expectedShare).toBeNull();
    expect(spreadOut.cost.mean).toBeLessThanOrEqual(60);
  });

  it('captures rows as its share says, and those that pass', () => {
    const options = splitView({ hazard: 0.3, budget: 1000, domains: 20_000, renewed: 10 });
    const share = splitViewReport({ ...options, repeats: 1 }, rates, 4).boughtShare.mean!;
    const rows = capturedRows(options, rates, 4, 20_000, 'none');
    expect(Math.abs(rows.length / 20_000 - share)).toBeLessThan(5 * Math.sqrt(share / 20_000));
    expect([...rows]).toEqual([...new Set(rows)].sort((a, b) => a - b));
    expect(capturedRows(options, rates, 4, 20_000, 'exact-hash')).toHaveLength(0);
    const passed = capturedRows(options, { ...rates, bypass: 0.5 }, 4, 20_000, 'perceptual-hash');
    expect(passed.every((row) => rows.includes(row))).toBe(true);
    expect(Math.abs(passed.length / rows.length - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / rows.length));
  });
});

describe('the frontrunning scenario', () => {
  const report = frontrunningReport(frontrunning({ repeats: 2 }), 0);

  it('with published parameters comes to the published share in order of magnitude', () => {
    expect(report.published.every(({ agrees }) => agrees)).toBe(true);
  });

  it('simulates what is expected, under each protection', () => {
    for (const { poisonShare, expectedShare } of report.protections)
      expect(Math.abs(poisonShare.mean! - expectedShare)).toBeLessThan(5 * Math.sqrt(expectedShare / 2e5));
  });

  it('says what each protection brings and costs', () => {
    const by = Object.fromEntries(report.protections.map((one) => [one.id, one]));
    const share = (id: string): number => by[id]!.poisonShare.mean!;
    expect(share('dump-hash')).toBe(share('none'));
    for (const id of ['random-order', 'settled', 'late-correction']) expect(share(id)).toBeLessThan(share('none') / 2);
    expect(by['settled']!.staleShare).toBeCloseTo(1 - Math.exp(-0.027), 12);
    expect(by['late-correction']!.delayHours).toBe(24);
  });

  it('captures articles as its share says', () => {
    const rows = capturedArticles(frontrunning(), 0, 5000, 'none');
    const { expectedShare } = report.protections[0]!;
    expect(Math.abs(rows.length / 5000 - expectedShare)).toBeLessThan(5 * Math.sqrt(expectedShare / 5000));
  });

  it('takes a lead of the user, and refuses what is none', () => {
    const late = frontrunningReport(frontrunning({ lead: '-200', repeats: 1, articles: 1000 }), 0);
    expect(late.protections[0]!.poisonShare.mean).toBe(0);
    expect(() => frontrunningReport(frontrunning({ lead: 'soon' }), 0)).toThrow(
      /frontrunning.lead is "soon"; allowed: auto, or a number of minutes/,
    );
  });
});

describe('options of scenarios', () => {
  it('are refused by name out of range', () => {
    expect(() => splitView({ budget: -1 })).toThrow(/split-view.budget is -1; allowed: a number from 0 to 1000000000/);
    expect(() => splitView({ served: '1.5' })).toThrow(/split-view.served is "1.5"; allowed: a number from 0 to 1/);
    expect(() => frontrunning({ articles: 'many' })).toThrow(/frontrunning.articles is "many"/);
  });

  it('give finite figures wherever they lie', () => {
    const number = (low: number, high: number) => fc.double({ min: low, max: high, noNaN: true });
    const given = fc.record({
      domains: fc.integer({ min: 1, max: 3000 }),
      hazard: number(0, 10),
      age: number(0, 5),
      budget: number(0, 1e5),
      served: number(0, 1),
      drift: number(0, 100),
      exponent: number(0, 2),
    });
    fc.assert(
      fc.property(given, (found) => {
        const text = JSON.stringify(splitViewReport(splitView({ ...found, repeats: 2, consumers: 5 }), rates, 1));
        expect(text).not.toMatch(/NaN|Infinity/);
      }),
      { numRuns: 20 },
    );
  });
});

describe('measured rates', () => {
  it('rise with the tolerance, from rates of at most everything', () => {
    for (const hash of ['difference', 'average'] as const)
      for (let tolerance = 0; tolerance < 24; tolerance++) {
        const [low, high] = [measuredRates(hash, tolerance), measuredRates(hash, tolerance + 1)];
        expect(high.benignPass).toBeGreaterThanOrEqual(low.benignPass);
        expect(high.benignPass).toBeLessThanOrEqual(1);
        for (const one of ['blind', 'searching', 'bounded'] as const)
          expect(high.bypass[one]).toBeGreaterThanOrEqual(low.bypass[one]);
      }
    expect(() => measuredRates('average', 25)).toThrow(/tolerance is 25; allowed: a whole number of bits from 0 to 24/);
  });

  it('are published ones where they lie within a factor of ten', () => {
    expect([0.9, 1, 50, 101].map((figure) => withinOrder(figure, [10, 10]))).toEqual([false, true, true, false]);
  });
});
