/**
 * Batches of a follower kept in the engine's memory while they are used again: chunks of x [size, features], y [size] and the
 * weights 1/|B| [size], 0 for the padding of the last chunk. Few and small ones only; larger ones are for the oracles.
 */
import { tf } from '@theriac/tensors/engine';
import type { Batch } from './follower';
import { joinedRows, rowsBetween } from './rows';
import type { RowData } from './rows';

/** Rows in the engine. `weights` add up to 1 over all chunks. */
export interface ResidentChunk {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor1D;
  readonly weights: tf.Tensor1D;
  /** Rows that are not padding. */
  readonly count: number;
}

/** A batch in the engine: chunks of one size. */
export interface ResidentBatch {
  readonly count: number;
  /** Rows of a chunk, padding included. */
  readonly size: number;
  readonly chunks: readonly ResidentChunk[];
}

export interface ResidentBatches {
  /** The batch, uploaded unless it is there already; undefined when it is too large to keep. It stays ours. */
  find(batch: Batch): ResidentBatch | undefined;
  dispose(): void;
}

/** Batches kept at most; values of a batch that is kept at most, 32 MiB, and of all of them. */
const batchesKept = 4;
const valuesOfOne = 1 << 23;
const valuesOfAll = 1 << 24;

interface Held {
  readonly clean: Batch['clean'];
  /** Copies: what an attack changes in place is another batch. */
  readonly nu: { readonly x: Uint8Array; readonly y: Uint8Array } | undefined;
  readonly values: number;
  readonly batch: ResidentBatch;
}

/** Batches over `clean`, in chunks of at most `chunk` rows. The caller disposes. */
export function residentBatches(clean: RowData, chunk: number): ResidentBatches {
  const { features } = clean;
  let held: readonly Held[] = [];

  function keep(entry: Held): void {
    let values = 0;
    const kept = [entry, ...held.filter((other) => other !== entry)]
      .slice(0, batchesKept)
      .filter((one) => (values += one.values) <= valuesOfAll);
    for (const one of held) if (!kept.includes(one)) disposeBatch(one.batch);
    held = kept;
  }

  return {
    find(batch) {
      const count = (batch.clean === undefined ? 0 : batch.clean.to - batch.clean.from) + (batch.nu?.count ?? 0);
      const values = count * features;
      if (values > valuesOfOne) return undefined;
      const entry = held.find((one) => isSame(one, batch)) ?? {
        clean: batch.clean,
        nu: batch.nu && { x: bytesOf(batch.nu.x).slice(), y: bytesOf(batch.nu.y).slice() },
        values,
        batch: uploaded(rowsOf(clean, batch), Math.min(chunk, count)),
      };
      keep(entry);
      return entry.batch;
    },
    dispose() {
      for (const { batch } of held) disposeBatch(batch);
      held = [];
    },
  };
}

/** The rows of a batch over `clean`: its clean ones, then its poison. */
export function rowsOf(clean: RowData, { clean: range, nu }: Batch): RowData {
  if (range === undefined) return nu as RowData;
  const own = range.to - range.from === clean.count ? clean : rowsBetween(clean, range.from, range.to);
  return nu === undefined ? own : joinedRows(own, nu);
}

function uploaded(rows: RowData, size: number): ResidentBatch {
  const chunks: ResidentChunk[] = [];
  for (let from = 0; from < rows.count; from += size) {
    const part = rowsBetween(rows, from, Math.min(from + size, rows.count));
    const x = new Float32Array(size * rows.features);
    x.set(part.x);
    const y = new Int32Array(size);
    y.set(part.y);
    const weights = new Float32Array(size).fill(1 / rows.count, 0, part.count);
    chunks.push({
      x: tf.tensor2d(x, [size, rows.features]),
      y: tf.tensor1d(y, 'int32'),
      weights: tf.tensor1d(weights),
      count: part.count,
    });
  }
  return { count: rows.count, size, chunks };
}

function disposeBatch({ chunks }: ResidentBatch): void {
  for (const { x, y, weights } of chunks) tf.dispose([x, y, weights]);
}

function isSame(held: Held, { clean, nu }: Batch): boolean {
  if (held.clean?.from !== clean?.from || held.clean?.to !== clean?.to) return false;
  if (held.nu === undefined || nu === undefined) return held.nu === undefined && nu === undefined;
  return Buffer.compare(held.nu.y, bytesOf(nu.y)) === 0 && Buffer.compare(held.nu.x, bytesOf(nu.x)) === 0;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
