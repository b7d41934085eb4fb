import { randomStream } from '@theriac/tensors';
import { combineConstraints, createConstraint } from '../constraint';
import { constraintText, parseConstraintText } from '../constraint-text';
import { poisonBase } from '../poison';
import type { Rows } from '../rows';
import { classConstraint } from './class-regions';

const random = randomStream(4, 'class regions');
const [features, count, classes] = [4, 400, 2];
const units = { shift: Float32Array.of(1, 2, 3, 4), spread: Float32Array.of(1, 0.5, 2, 4) };
const y = Int32Array.from({ length: count }, () => random.integer(classes));
const x = Float32Array.from(
  { length: count * features },
  (_, i) => (y[Math.floor(i / features)] === 1 ? 0.6 : -0.6) + random.normal(),
);
const clean: Rows = { x, y, count, features };
const stored = (row: ArrayLike<number>) =>
  Float32Array.from(row, (value, i) => value * units.spread[i % features]! + units.shift[i % features]!);
const facts = { clean, classes, units };
const plain = (...kinds: string[]) =>
  combineConstraints(kinds.map((kind) => createConstraint(kind, { storedRange: [-9, 9], radius: 0.5 })));
const gammaOf = (text: string, ...kinds: string[]) =>
  classConstraint(plain(...kinds), parseConstraintText(text), facts);

const rows = 12;
const baseIndices = Int32Array.from({ length: rows }, (_, j) => 7 * j);
const base = poisonBase(baseIndices, (row) => stored(x.subarray(row * features, (row + 1) * features)), y, features);
const labels = Int32Array.from({ length: rows }, (_, j) => j % 2);
const wild = stored(Float32Array.from({ length: rows * features }, () => 6 * random.normal()));
const poison = (values: Float32Array) => ({ x: values, y: labels, baseIndices, count: rows, features });

/** Clean rows as poison under their own labels: how many keep Gamma. */
const kept = (text: string): number => {
  const all = { x: stored(x), y, baseIndices: Int32Array.from(y.keys()), count, features };
  const [violation] = gammaOf(text).violations(all, { x: all.x, y });
  return count - (violation?.rows ?? 0);
};

describe.each([
  ['sphere'],
  ['slab'],
  ['decoy-loss'],
  ['sphere,slab,decoy-loss'],
  ['sphere:quantile=0.5,slab'],
] as const)('%s', (text) => {
  it.each([[['none']], [['box']], [['box', 'fixed-labels']]])(
    'projects into itself within %j, and keeps what is inside',
    (kinds) => {
      const gamma = gammaOf(text, ...kinds);
      const own = kinds.includes('fixed-labels') ? [expect.objectContaining({ kind: 'fixed-labels' })] : [];
      expect(gamma.violations(poison(wild), base).length).toBeGreaterThan(own.length);
      const projected = gamma.project(wild, base.x, labels);
      expect(gamma.violations(poison(projected), base)).toEqual(own);
      expect(gamma.project(projected, base.x, labels)).toEqual(projected);
    },
  );

  it('leaves to whoever knows the labels what depends on them', () => {
    expect(gammaOf(text).project(wild, base.x)).toEqual(wild);
  });
});

describe('class regions', () => {
  it.each(['sphere', 'slab', 'decoy-loss'])(
    '%s is kept by a share `quantile` of the clean rows of each class',
    (kind) => {
      for (const quantile of [0.5, 0.9, 1]) {
        const share = kept(`${kind}:quantile=${quantile}`) / count;
        expect(share).toBeGreaterThanOrEqual(quantile - 0.006);
        expect(share).toBeLessThan(quantile + 0.01);
      }
    },
  );

  it('has the ball of a class around its mean, over the units of the model', () => {
    const own = [...y.keys()].filter((row) => y[row] === 1);
    const mean = Array.from(
      { length: features },
      (_, i) => own.reduce((sum, row) => sum + x[row * features + i]!, 0) / own.length,
    );
    const distances = own
      .map((row) => Math.hypot(...mean.map((mu, i) => x[row * features + i]! - mu)))
      .sort((a, b) => a - b);
    const [ball] = gammaOf('sphere').region!(1).balls;
    expect([...ball!.centre]).toEqual(mean.map((value) => expect.closeTo(value, 10) as number));
    expect(ball!.radius).toBeCloseTo(distances[Math.ceil(0.9 * own.length) - 1]!, 10);
  });

  it('cuts along the difference of the means', () => {
    const region = gammaOf('slab').region!(0);
    const [zero, one] = [0, 1].map((label) => gammaOf('sphere').region!(label).balls[0]!.centre);
    const difference = zero!.map((value, i) => value - one![i]!);
    const scale = Math.hypot(...difference);
    expect([...region.strips[0]!.normal]).toEqual(
      [...difference].map((value) => expect.closeTo(value / scale, 10) as number),
    );
  });

  it('refuses an empty intersection in one sentence', () => {
    const gamma = gammaOf('sphere:quantile=0,slab', 'linf-ball');
    expect(() => gamma.project(base.x, base.x, labels)).toThrow(
      /constraint is .*sphere.*linf-ball.*no row.*intersection is empty/,
    );
  });

  it('refuses what the data cannot have', () => {
    const three = { ...facts, classes: 3 };
    expect(() => classConstraint(plain('none'), parseConstraintText('sphere'), three)).toThrow(
      /no clean rows of class 2/,
    );
    const spread = { ...three, clean: { ...clean, y: y.map((label, row) => (row === 0 ? 2 : label)) } };
    expect(() => classConstraint(plain('none'), parseConstraintText('decoy-loss'), spread)).toThrow(
      /decoy-loss on 3 classes/,
    );
  });
});

describe('the text of a constraint', () => {
  it('is canonical: defaults unsaid, none beside nothing', () => {
    const canonical = (text: string) => constraintText(parseConstraintText(text));
    expect(canonical(' sphere:quantile=0.9 , slab:quantile=0.80,none')).toBe('sphere,slab:quantile=0.8');
    expect(canonical('none')).toBe('none');
    expect(canonical('decoy-loss:repeats=3:flips=0.15')).toBe('decoy-loss:repeats=3');
  });

  it.each([
    ['cube', /constraint is "cube"; allowed: none, box, .*decoy-loss/],
    ['sphere,sphere', /sphere twice/],
    ['sphere:radius=1', /radius.*allowed: quantile/],
    ['sphere:quantile=2', /quantile is .*2.*0 to 1/],
    ['sphere:quantile', /sphere:option=value/],
    ['', /constraint is ""/],
  ])('%j is refused', (text, sentence) => {
    expect(() => parseConstraintText(text)).toThrow(sentence);
  });
});
