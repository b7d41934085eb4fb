import type { Point, Stroke } from './digit-strokes';

const { ceil, floor, max, min, sqrt } = Math;

/** Draws into a square grey image of intensities 0 to 1, keeping the brighter of what was there and the stroke; changes `image`. */
export function drawStroke(image: Float32Array, side: number, stroke: Stroke, radius: number, ink: number): void {
  for (let i = 1; i < stroke.length; i++) drawSegment(image, side, stroke[i - 1]!, stroke[i]!, radius, ink);
}

/** A segment in pixel units as a capsule with an edge one pixel wide: intensity ink * clamp(radius + 1/2 - distance, 0, 1). */
function drawSegment(
  image: Float32Array,
  side: number,
  [ax, ay]: Point,
  [bx, by]: Point,
  radius: number,
  ink: number,
): void {
  const reach = radius + 0.5;
  const fromX = max(0, ceil(min(ax, bx) - reach));
  const toX = min(side - 1, floor(max(ax, bx) + reach));
  const fromY = max(0, ceil(min(ay, by) - reach));
  const toY = min(side - 1, floor(max(ay, by) + reach));
  const dx = bx - ax;
  const dy = by - ay;
  const squaredLength = dx * dx + dy * dy || 1;
  for (let y = fromY; y <= toY; y++) {
    for (let x = fromX; x <= toX; x++) {
      const along = min(1, max(0, ((x - ax) * dx + (y - ay) * dy) / squaredLength));
      const offX = x - ax - along * dx;
      const offY = y - ay - along * dy;
      const distance = sqrt(offX * offX + offY * offY);
      const value = ink * min(1, max(0, reach - distance));
      if (value > image[y * side + x]!) image[y * side + x] = value;
    }
  }
}
