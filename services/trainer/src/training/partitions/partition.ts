/**
 * Which of k parts each row belongs to, by the content of its x alone: SHA-256 of the float32 values, its first six bytes mod k. A row
 * that comes or goes changes one part; so does a label that is changed. Within a part rows are in the order of their hashes (then
 * labels), so that no part depends on the order of the whole. Source: Levine, Feizi (ICLR 2021), where the hash is a
 * sum of pixels.
 */
import { createHash } from 'node:crypto';
import type { RowData } from '@theriac/game';
import { rowsBetween } from '@theriac/game';

/** Values hashed at once, in floats. */
const blockValues = 1 << 20;

/** The indices of the rows of each of the `parts` parts; a part may be empty. */
export function partitionRows(rows: RowData, parts: number): Int32Array[] {
  const { count, features, y } = rows;
  const digests = Buffer.alloc(32 * count);
  const size = Math.max(1, Math.floor(blockValues / features));
  for (let from = 0; from < count; from += size) {
    const block = rowsBetween(rows, from, Math.min(from + size, count));
    for (let row = 0; row < block.count; row++) {
      const own = block.x.subarray(row * features, (row + 1) * features);
      const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
      createHash('sha256')
        .update(bytes)
        .digest()
        .copy(digests, 32 * (from + row));
    }
  }
  const members = Array.from({ length: parts }, (): number[] => []);
  for (let row = 0; row < count; row++) members[digests.readUIntBE(32 * row, 6) % parts]!.push(row);
  const byContent = (a: number, b: number): number =>
    digests.compare(digests, 32 * b, 32 * b + 32, 32 * a, 32 * a + 32) || y[a]! - y[b]!;
  return members.map((part) => Int32Array.from(part.sort(byContent)));
}
