import type { Region } from '@theriac/game';
import { excesses, intersection, stripAlong } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { extremeIn } from './extreme';

const ball: Region = { balls: [{ name: 'sphere', centre: Float64Array.of(1, 0, 0), radius: 2 }], strips: [] };

describe('the furthest row of a region', () => {
  it('is the centre plus the radius along the direction in a ball', () => {
    const { x } = extremeIn(ball, Float64Array.of(0, 3, 4), new Float64Array(3))!;
    [1, 1.2, 1.6].forEach((value, j) => expect(x[j]).toBeCloseTo(value, 2));
  });

  it('is on the circle in which a plane cuts the ball', () => {
    const half = { balls: [], strips: [stripAlong('loss', [0, 0, 1], { high: 1 })] };
    const { x, gap } = extremeIn(intersection(ball, half), Float64Array.of(0, 0, 1), new Float64Array(3))!;
    expect(x[2]).toBeCloseTo(1, 3);
    expect(gap).toBeLessThanOrEqual(2e-3);
  });

  it('lies no less far than any of many allowed rows, but for the gap', () => {
    const random = randomStream(8, 'extreme');
    const normals = () => Float64Array.from({ length: 3 }, () => random.normal());
    const box = { lower: Float64Array.of(-1, -1, -1), upper: Float64Array.of(2, 0.5, 1) };
    const region = intersection(ball, {
      balls: [],
      strips: [stripAlong('slab', normals(), { low: -0.3, high: 0.4 })],
      box,
    });
    const direction = normals();
    const along = (x: ArrayLike<number>) =>
      direction.reduce((sum, value, j) => sum + value * x[j]!, 0) / Math.hypot(...direction);
    const { x, gap } = extremeIn(region, direction, new Float64Array(3))!;
    expect(excesses(region, x)).toEqual([]);
    let allowed = 0;
    for (let trial = 0; trial < 20_000; trial++) {
      const other = normals();
      if (excesses(region, other).length > 0) continue;
      allowed++;
      expect(along(other)).toBeLessThanOrEqual(along(x) + gap + 1e-5);
    }
    expect(allowed).toBeGreaterThan(300);
  });

  it('is none in an empty region', () => {
    const far = { balls: [], strips: [stripAlong('loss', [1, 0, 0], { low: 4 })] };
    expect(extremeIn(intersection(ball, far), Float64Array.of(1, 0, 0), new Float64Array(3))).toBeUndefined();
  });
});
