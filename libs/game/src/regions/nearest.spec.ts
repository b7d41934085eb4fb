import { randomStream } from '@theriac/tensors';
import { nearestIn } from './nearest';
import type { Region } from './region';
import { distance, excesses, intersection, stripAlong } from './region';

const width = 6;
const random = randomStream(5, 'nearest');
const normals = (): Float64Array => Float64Array.from({ length: width }, () => random.normal());

/** A region with a row in it for sure: all its parts hold `inside`. */
function regionAround(inside: Float64Array): Region {
  const direction = normals();
  const place = direction.reduce((sum, value, i) => sum + value * inside[i]!, 0);
  const centre = inside.map((value) => value + 0.3 * random.normal());
  return {
    balls: [{ name: 'sphere', centre, radius: distance(centre, inside) + 0.2 }],
    strips: [
      stripAlong('slab', direction, { low: place - 0.1, high: place + 0.4 }),
      stripAlong('loss', normals(), { low: -Infinity, high: 9 }),
    ],
    box: { lower: inside.map((value) => value - 0.5), upper: inside.map((value) => value + 0.7) },
  };
}

/** argmin by projected subgradient steps of a penalty, an oracle that shares nothing with Dykstra; good to about 1e-3. */
function byPenalty(region: Region, x0: Float64Array): Float64Array {
  const x = Float64Array.from(x0);
  for (let step = 0; step < 60_000; step++) {
    const weight = 200;
    const rate = 0.5 / (weight + step / 20);
    const slope = x.map((value, i) => value - x0[i]!);
    for (const { centre, radius } of region.balls) {
      const d = distance(centre, x);
      if (d > radius) slope.forEach((_, i) => (slope[i]! += (weight * (x[i]! - centre[i]!)) / d));
    }
    for (const { normal, low, high } of region.strips) {
      const place = normal.reduce((sum, value, i) => sum + value * x[i]!, 0);
      const side = place > high ? 1 : place < low ? -1 : 0;
      slope.forEach((_, i) => (slope[i]! += weight * side * normal[i]!));
    }
    x.forEach((value, i) => (x[i] = value - rate * slope[i]!));
    const { lower, upper } = region.box!;
    x.forEach((value, i) => (x[i] = Math.min(Math.max(value, lower[i]!), upper[i]!)));
  }
  return x;
}

describe('the nearest row of a region', () => {
  it('lies within, has a small gap, and is as near as a penalty method gets', () => {
    for (let trial = 0; trial < 4; trial++) {
      const inside = normals();
      const region = regionAround(inside);
      const x0 = normals().map((value, i) => inside[i]! + 3 * value);
      const found = nearestIn(region, x0);
      if (found.kind === 'none') throw new Error('there is one');
      expect(excesses(region, found.x)).toEqual([]);
      expect(Math.abs(found.gap)).toBeLessThanOrEqual(1e-6 * (distance(found.x, x0) ** 2 / 2));
      const other = byPenalty(region, x0);
      expect(distance(found.x, x0)).toBeLessThanOrEqual(distance(other, x0) + 0.02);
      expect(distance(found.x, x0)).toBeLessThanOrEqual(distance(inside, x0));
      expect(distance(found.x, other)).toBeLessThan(0.2);
    }
  });

  it('is x0 itself where x0 is allowed', () => {
    const inside = normals();
    expect(nearestIn(regionAround(inside), inside)).toEqual({ kind: 'found', x: inside, gap: 0, rounds: 0 });
  });

  it('has closed forms: a ball, a half-space, and a ball cut by a plane through its centre', () => {
    const ball = { name: 'sphere', centre: new Float64Array(3), radius: 2 };
    const half = stripAlong('loss', [3, 0, 0], { low: 0 });
    const near = (region: Region, x0: number[]) => {
      const found = nearestIn(region, x0);
      return found.kind === 'found' ? [...found.x] : [];
    };
    const close = (values: number[]) => values.map((value) => expect.closeTo(value, 4) as number);
    expect(near({ balls: [ball], strips: [] }, [0, 6, 8])).toEqual(close([0, 1.2, 1.6]));
    expect(near({ balls: [], strips: [half] }, [-5, 1, 2])).toEqual(close([0, 1, 2]));
    expect(near({ balls: [ball], strips: [half] }, [-5, 3, 4])).toEqual(close([0, 1.2, 1.6]));
  });

  it('does not exist in an empty region, and the dual proves it', () => {
    const ball = (at: number, radius: number): Region => ({
      balls: [{ name: 'sphere', centre: Float64Array.of(at, 0), radius }],
      strips: [],
    });
    const proven = expect.objectContaining({ kind: 'none', proven: true }) as unknown;
    expect(nearestIn(intersection(ball(0, 1), ball(3, 1.5)), [0, 5])).toEqual(proven);
    expect(
      nearestIn(intersection(ball(0, 1), { balls: [], strips: [stripAlong('loss', [1, 1], { low: 2 })] }), [0, 0]),
    ).toEqual(proven);
    const box = { lower: Float64Array.of(2, 2), upper: Float64Array.of(1, 3) };
    expect(nearestIn({ balls: [], strips: [], box }, [0, 0])).toEqual(proven);
  });

  it('takes NaN for outside', () => {
    expect(excesses(regionAround(normals()), normals().fill(NaN)).map(({ by }) => by)).toContain(Infinity);
  });
});
