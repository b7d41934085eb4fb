import { carriesSignal, checkSignal, patchFeatures, withSignal } from './signal';
import type { PatchPlace } from './signal';

const signal = { name: 'signal', features: [1, 3], values: [1, 0.25], target: 0 };

describe('patchFeatures', () => {
  it('lies where the picture says', () => {
    const picture = (place: PatchPlace): string[] => {
      const features = patchFeatures([4, 5, 1], { place, side: 2 });
      return [0, 1, 2, 3].map((y) => [0, 1, 2, 3, 4].map((x) => (features.includes(5 * y + x) ? '#' : '.')).join(''));
    };
    expect(picture('top-left')).toEqual(['##...', '##...', '.....', '.....']);
    expect(picture('top-right')).toEqual(['...##', '...##', '.....', '.....']);
    expect(picture('bottom-left')).toEqual(['.....', '.....', '##...', '##...']);
    expect(picture('bottom-right')).toEqual(['.....', '.....', '...##', '...##']);
    expect(picture('centre')).toEqual(['.....', '.##..', '.##..', '.....']);
  });

  it('covers all channels of a pixel, which lie side by side', () => {
    expect(patchFeatures([2, 2, 3], { place: 'top-right', side: 1 })).toEqual([3, 4, 5]);
  });

  it('is a stretch of features where rows are no images', () => {
    expect(patchFeatures([6], { place: 'top-left', side: 2 })).toEqual([0, 1]);
    expect(patchFeatures([6], { place: 'bottom-right', side: 2 })).toEqual([4, 5]);
    expect(patchFeatures([6], { place: 'centre', side: 2 })).toEqual([2, 3]);
  });

  it.each([0, 5, 1.5])('refuses a side of %d in 4 x 5 pixels', (side) => {
    expect(() => patchFeatures([4, 5, 1], { place: 'centre', side })).toThrow(/patch is .*1 to 4/);
  });
});

describe('withSignal', () => {
  it('sets its features in every row, leaves the others and the rows that came in, and changes nothing twice', () => {
    const x = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8);
    const before = x.slice();
    const once = withSignal(x, signal, 4);
    expect([...once]).toEqual([...Float32Array.of(0.1, 1, 0.3, 0.25, 0.5, 1, 0.7, 0.25)]);
    expect(x).toEqual(before);
    expect(withSignal(once, signal, 4)).toEqual(once);
  });

  it('is what rows that carry the signal are fixed points of', () => {
    expect(carriesSignal(Float32Array.of(0, 1, 0, 0.25), signal)).toBe(true);
    expect(carriesSignal(Float32Array.of(9, 1, 9, 0.2505), signal)).toBe(true);
    expect(carriesSignal(Float32Array.of(0, 1, 0, 0.26), signal)).toBe(false);
    expect(carriesSignal(Float32Array.of(0, 0, 0, 0.25), signal)).toBe(false);
  });
});

describe('checkSignal', () => {
  it.each([
    [{ features: [], values: [] }, /signals\[2\]\.features is/],
    [{ features: [1, 1] }, /signals\[2\]\.features is/],
    [{ features: [1, 4] }, /signals\[2\]\.features is 4.*0 to 3/],
    [{ values: [1] }, /signals\[2\]\.values is/],
    [{ values: [1, NaN] }, /signals\[2\]\.values is/],
    [{ target: 3 }, /signals\[2\]\.target is 3.*0 to 2/],
  ])('refuses %j', (change, message) => {
    expect(() => checkSignal({ ...signal, ...change }, 2, { features: 4, classes: 3 })).toThrow(message);
  });

  it('takes a signal that fits, with and without a target', () => {
    const { target: _, ...erased } = signal;
    for (const fits of [signal, erased]) expect(() => checkSignal(fits, 0, { features: 4, classes: 3 })).not.toThrow();
  });
});
