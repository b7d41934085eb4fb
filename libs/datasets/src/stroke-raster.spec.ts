import { drawStroke } from './stroke-raster';

describe('drawStroke', () => {
  it('draws a line of the asked width and ink', () => {
    const image = new Float32Array(25);
    drawStroke(
      image,
      5,
      [
        [1, 2],
        [3, 2],
      ],
      0.5,
      0.8,
    );
    const rows = Array.from({ length: 5 }, (_, y) =>
      Array.from(image.subarray(5 * y, 5 * y + 5), (v) => Number(v.toFixed(6))),
    );
    expect(rows).toEqual([
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0.8, 0.8, 0.8, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
  });

  it('covers the area of a capsule, wherever it lies', () => {
    const side = 40;
    for (const [ax, ay, bx, by] of [
      [10, 10, 30, 10],
      [12.3, 9.1, 25.7, 30.2],
      [20, 20, 20, 20],
    ] as const) {
      const image = new Float32Array(side * side);
      drawStroke(
        image,
        side,
        [
          [ax, ay],
          [bx, by],
        ],
        3,
        1,
      );
      const area = image.reduce((a, b) => a + b, 0);
      expect(area).toBeGreaterThan(0.97 * (Math.PI * 9 + 6 * Math.hypot(bx - ax, by - ay)));
      expect(area).toBeLessThan(1.03 * (Math.PI * 9 + 6 * Math.hypot(bx - ax, by - ay)));
    }
  });

  it('keeps the brighter, never leaves the image, and accepts what lies outside', () => {
    const image = new Float32Array(16).fill(0.5);
    drawStroke(
      image,
      4,
      [
        [-10, -10],
        [50, 3],
      ],
      1,
      0.25,
    );
    expect(Math.min(...image)).toBe(0.5);
    drawStroke(
      image,
      4,
      [
        [100, 100],
        [200, 200],
      ],
      5,
      1,
    );
    expect(Math.max(...image)).toBe(0.5);
  });
});
