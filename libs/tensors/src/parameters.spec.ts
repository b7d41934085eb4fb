import { layoutOf, viewOf } from './parameters';

const layout = layoutOf([
  { name: 'weight', shape: [3, 2] },
  { name: 'bias', shape: [2] },
  { name: 'scale', shape: [] },
]);

describe('layoutOf', () => {
  it('places parts one after the other', () => {
    expect(layout).toEqual({
      views: [
        { name: 'weight', shape: [3, 2], offset: 0, size: 6 },
        { name: 'bias', shape: [2], offset: 6, size: 2 },
        { name: 'scale', shape: [], offset: 8, size: 1 },
      ],
      size: 9,
    });
    expect(layoutOf([])).toEqual({ views: [], size: 0 });
  });

  it('refuses a repeated name and a bad shape', () => {
    const part = { name: 'w', shape: [1] };
    expect(() => layoutOf([part, part])).toThrow('parameter name is "w"; allowed: each name once.');
    expect(() => layoutOf([{ name: 'w', shape: [-2] }])).toThrow('parameter "w" shape is [-2]');
  });
});

describe('viewOf', () => {
  it('is a window on the vector', () => {
    const w = Float32Array.from({ length: 9 }, (_, i) => i);
    const bias = viewOf(w, layout, 'bias');
    expect([...bias]).toEqual([6, 7]);
    bias[0] = 60;
    expect(w[6]).toBe(60);
  });

  it('refuses an unknown name and a vector of another size', () => {
    expect(() => viewOf(new Float32Array(9), layout, 'gain')).toThrow(
      'parameter name is "gain"; allowed: weight, bias, scale.',
    );
    expect(() => viewOf(new Float32Array(8), layout, 'bias')).toThrow('parameter count is 8; allowed: 9');
  });
});
