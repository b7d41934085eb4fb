/**
 * Rows of colour planes [rows, 3, pixels] as rows of pixels [rows, pixels, 3], into `target` from row `at` on. Each row of
 * `planes` begins with `skip` bytes that are no pixels.
 */
export function interleavePlanes(
  planes: Uint8Array,
  { rows, pixels, skip }: { readonly rows: number; readonly pixels: number; readonly skip: number },
  target: Uint8Array,
  at: number,
): void {
  let to = at * 3 * pixels;
  for (let row = 0; row < rows; row++) {
    const red = row * (skip + 3 * pixels) + skip;
    for (let from = red; from < red + pixels; from++) {
      target[to++] = planes[from]!;
      target[to++] = planes[from + pixels]!;
      target[to++] = planes[from + 2 * pixels]!;
    }
  }
}
