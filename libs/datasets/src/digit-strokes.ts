/**
 * How people draw the ten digits: for each, a few manners; a manner is a set of strokes; a stroke is a polyline through points
 * (x, y) of the unit square, x to the right, y down.
 */
export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

/** The ellipse with centre (cx, cy) from angle `from` to `to`, in degrees, 0 = right, 90 = down. */
function arc(cx: number, cy: number, rx: number, ry: number, from: number, to: number): Stroke {
  const pieces = Math.max(3, Math.round(Math.abs(to - from) / 30));
  return Array.from({ length: pieces + 1 }, (_, i): Point => {
    const angle = ((from + ((to - from) * i) / pieces) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  });
}

const line = (...points: Point[]): Stroke => points;

/** Manners of each digit 0 .. 9. */
export const digitManners: readonly (readonly (readonly Stroke[])[])[] = [
  [[arc(0.5, 0.5, 0.32, 0.45, 0, 360)], [arc(0.5, 0.5, 0.22, 0.45, 0, 360)], [arc(0.5, 0.5, 0.4, 0.4, -80, 265)]],
  [
    [line([0.5, 0.05], [0.5, 0.95])],
    [line([0.32, 0.25], [0.52, 0.05], [0.52, 0.95])],
    [line([0.32, 0.22], [0.5, 0.05], [0.5, 0.95]), line([0.3, 0.95], [0.72, 0.95])],
  ],
  [
    [[...arc(0.5, 0.3, 0.3, 0.25, 190, 390), [0.2, 0.95], [0.82, 0.95]]],
    [[...arc(0.48, 0.32, 0.27, 0.27, 200, 400), ...arc(0.3, 0.85, 0.12, 0.1, 330, 60), [0.5, 0.85], [0.85, 0.9]]],
  ],
  [
    [[...arc(0.45, 0.28, 0.28, 0.23, 200, 440), ...arc(0.45, 0.72, 0.32, 0.24, 280, 520)]],
    [[[0.2, 0.06], [0.75, 0.06], [0.45, 0.4], ...arc(0.45, 0.68, 0.3, 0.27, 280, 510)]],
  ],
  [
    [line([0.62, 0.95], [0.62, 0.05], [0.15, 0.65], [0.88, 0.65])],
    [line([0.25, 0.05], [0.2, 0.52], [0.8, 0.52]), line([0.75, 0.05], [0.68, 0.95])],
  ],
  [
    [[[0.78, 0.06], [0.32, 0.06], [0.28, 0.45], ...arc(0.45, 0.68, 0.32, 0.27, 250, 500)]],
    [[[0.3, 0.08], [0.27, 0.42], ...arc(0.45, 0.68, 0.3, 0.26, 260, 490)], line([0.3, 0.08], [0.82, 0.05])],
  ],
  [
    [[[0.68, 0.05], [0.42, 0.25], [0.27, 0.55], ...arc(0.5, 0.7, 0.25, 0.24, 180, -180)]],
    [[...arc(0.6, 0.5, 0.38, 0.45, 280, 180), ...arc(0.5, 0.72, 0.27, 0.22, 180, -180)]],
  ],
  [
    [line([0.2, 0.06], [0.82, 0.06], [0.42, 0.95])],
    [line([0.2, 0.08], [0.8, 0.06], [0.45, 0.95]), line([0.38, 0.5], [0.76, 0.48])],
    [line([0.2, 0.22], [0.22, 0.06], [0.8, 0.06], [0.6, 0.4], [0.5, 0.95])],
  ],
  [
    [arc(0.5, 0.28, 0.24, 0.22, 0, 360), arc(0.5, 0.73, 0.29, 0.23, 0, 360)],
    [[...arc(0.5, 0.28, 0.25, 0.22, 60, -200), ...arc(0.5, 0.73, 0.25, 0.22, -60, 200), [0.66, 0.43]]],
  ],
  [
    [[...arc(0.48, 0.3, 0.26, 0.24, 0, 360), [0.72, 0.5], [0.66, 0.95]]],
    [[...arc(0.48, 0.3, 0.27, 0.24, -20, -340), ...arc(0.38, 0.5, 0.37, 0.45, 0, 110)]],
  ],
];
