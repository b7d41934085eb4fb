import { randomStream } from '@theriac/tensors';
import { combineConstraints, createConstraint, parseConstraint } from './constraint';
import type { Constraint } from './constraint';
import { poisonBase } from './poison';
import type { Poison } from './poison';

const features = 7;
const count = 5;
const random = randomStream(3, 'constraint');

function uniform(size: number, lo: number, hi: number): Float32Array {
  return Float32Array.from({ length: size }, () => lo + (hi - lo) * random.uniform());
}

const clean = uniform(20 * features, 0, 1);
clean.set([0, 1, 0.5], 0);
const baseIndices = Int32Array.from([0, 3, 3, 19, 7]);
const base = poisonBase(
  baseIndices,
  (row) => clean.subarray(row * features, (row + 1) * features),
  new Uint8Array(20).fill(4),
  features,
);

function poisonOf(x: Float32Array, y = Int32Array.from(base.y)): Poison {
  return { x, y, baseIndices, count, features };
}

const parameters = { storedRange: [0, 1] as const, radius: 8 / 255 };
const pixelConstraints: [string, Constraint][] = [
  ['box', createConstraint('box', parameters)],
  ['linf-ball', createConstraint('linf-ball', parameters)],
  ['linf-ball, no range', createConstraint('linf-ball', { storedRange: null, radius: 0.1 })],
  ['box and fixed labels', parseConstraint('box, fixed-labels', parameters)],
];

describe.each(pixelConstraints)('%s', (_, constraint) => {
  const wild = uniform(count * features, -3, 3);

  it('projects into itself with tolerance 0, and keeps what is inside', () => {
    const projected = constraint.project(wild, base.x);
    expect(constraint.violations(poisonOf(wild), base)).not.toEqual([]);
    expect(constraint.violations(poisonOf(projected), base)).toEqual([]);
    expect(constraint.project(projected, base.x)).toEqual(projected);
    expect(constraint.project(base.x, base.x)).toEqual(base.x);
  });

  it('projects onto the nearest point: no allowed point among many is nearer', () => {
    const projected = constraint.project(wild, base.x);
    const distance = (x: Float32Array) => x.reduce((sum, value, i) => sum + (value - wild[i]!) ** 2, 0);
    for (let trial = 0; trial < 50; trial++) {
      const other = projected.map((value, i) => value + (base.x[i]! - value) * random.uniform() * 0.1);
      expect(distance(projected)).toBeLessThanOrEqual(distance(constraint.project(other, base.x)));
    }
  });
});

describe('linf-ball', () => {
  it('holds exactly: no float32 value further than the radius from its base, in float64', () => {
    const ball = createConstraint('linf-ball', { storedRange: null, radius: 0.1 });
    const projected = ball.project(uniform(count * features, 5, 6), base.x);
    projected.forEach((value, i) => {
      expect(Math.abs(value - base.x[i]!)).toBeLessThanOrEqual(0.1);
      expect(Math.abs(value - base.x[i]!)).toBeGreaterThan(0.1 - 1e-7);
    });
  });

  it('stays within the box where there is one', () => {
    const projected = createConstraint('linf-ball', parameters).project(uniform(count * features, 5, 6), base.x);
    expect(Math.max(...projected)).toBe(1);
  });
});

describe('violations', () => {
  it('counts entries, rows and the worst excess of the box', () => {
    const x = base.x.slice();
    x[0] = 1 + 2 ** -23;
    x[8] = -0.25;
    x[9] = 1.125;
    const [violation] = createConstraint('box', parameters).violations(poisonOf(x), base);
    expect(violation).toMatchObject({ kind: 'box', rows: 2, entries: 3, worst: 0.25 });
  });

  it('takes NaN for a violation', () => {
    const x = base.x.slice();
    x[3] = NaN;
    expect(createConstraint('box', parameters).violations(poisonOf(x), base)).toMatchObject([
      { entries: 1, worst: Infinity },
    ]);
  });

  it('counts changed labels, whatever the pixels', () => {
    const y = Int32Array.from(base.y);
    y[1] = 2;
    y[4] = 0;
    const wild = poisonOf(uniform(count * features, -9, 9), y);
    expect(createConstraint('fixed-labels', parameters).violations(wild, base)).toMatchObject([
      { rows: 2, entries: 2 },
    ]);
    expect(createConstraint('none', parameters).violations(wild, base)).toEqual([]);
    expect(combineConstraints([...pixelConstraints.map(([, c]) => c)]).violations(wild, base)).toHaveLength(6);
  });
});

describe('createConstraint', () => {
  it.each([
    ['cube', parameters, /constraint is .*cube.*allowed: none, box, linf-ball, fixed-labels, feature-range/],
    ['box', { storedRange: null }, /constraint is .*box.*no stored range/],
    ['linf-ball', { storedRange: null }, /constraint radius/],
    ['linf-ball', { storedRange: null, radius: -1 }, /constraint radius is .*-1/],
  ] as const)('refuses %p', (kind, given, sentence) => {
    expect(() => createConstraint(kind, given)).toThrow(sentence);
  });

  it('drops `none` from an intersection', () => {
    expect(parseConstraint('none', parameters).kind).toBe('none');
    expect(parseConstraint('none,box', parameters).kind).toBe('box');
    expect(parseConstraint('box,fixed-labels', parameters)).toMatchObject({
      kind: 'box,fixed-labels',
      fixesLabels: true,
      limitsPixels: true,
    });
  });
});
