import { dot } from '../vector';
import { wolfeLineSearch, type Evaluation } from './wolfe-line-search';

type Curve = [name: string, f: (a: number) => number, slope: (a: number) => number];
const curves: Curve[] = [
  ['a parabola', (a) => (a - 3) ** 2, (a) => 2 * (a - 3)],
  ['a far minimum', (a) => (a / 1000 - 1) ** 2, (a) => (2 * (a / 1000 - 1)) / 1000],
  ['a wave', (a) => Math.cos(a) + 0.05 * a - a / 3, (a) => -Math.sin(a) + 0.05 - 1 / 3],
  ['a steep valley', (a) => a ** 4 - 10 * a, (a) => 4 * a ** 3 - 10],
  ['a wall', (a) => (a < 2 ? -Math.log(2 - a) - 3 * a : Infinity), (a) => 1 / (2 - a) - 3],
];

describe('wolfeLineSearch', () => {
  it.each(curves.flatMap((curve) => [0.01, 1, 50].map((step) => [...curve, step] as const)))(
    'meets both conditions on %s',
    (_, f, slope, firstStep) => {
      const evaluate = ([w = 0]: Float64Array): Evaluation => ({ value: f(w), gradient: Float64Array.of(slope(w)) });
      const w = Float64Array.of(0);
      const start = evaluate(w);
      const p = Float64Array.of(1);
      const search = wolfeLineSearch(w, start, p, firstStep, 1e-15);
      let turn = search.next();
      let asked = 0;
      while (turn.done !== true) {
        asked++;
        turn = search.next(evaluate(turn.value));
      }
      const found = turn.value;
      expect(found).toBeDefined();
      const a = found!.w[0]!;
      expect(found!.evaluation.value).toBeLessThanOrEqual(f(0) + 1e-4 * a * slope(0));
      expect(Math.abs(dot(found!.evaluation.gradient, p))).toBeLessThanOrEqual(0.9 * Math.abs(slope(0)));
      expect(asked).toBeLessThanOrEqual(25);
    },
  );

  it('finds nothing where every step leads up', () => {
    const search = wolfeLineSearch(
      Float64Array.of(0),
      { value: 0, gradient: Float64Array.of(-1) },
      Float64Array.of(1),
      1,
      1e-15,
    );
    let turn = search.next();
    while (turn.done !== true) turn = search.next({ value: 1, gradient: Float64Array.of(1) });
    expect(turn.value).toBeUndefined();
  });
});
