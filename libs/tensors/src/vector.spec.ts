import { addScaled, dot, norm } from './vector';

describe('vectors', () => {
  it('have products, norms and sums', () => {
    const a = Float64Array.of(3, 4);
    const b = Float64Array.of(-1, 2);
    expect(dot(a, b)).toBe(5);
    expect(norm(a)).toBe(5);
    expect(addScaled(a, 2, b)).toEqual(Float64Array.of(1, 8));
    expect(a).toEqual(Float64Array.of(3, 4));
  });
});
