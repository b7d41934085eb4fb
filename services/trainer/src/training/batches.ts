/** Minibatches of an epoch as row indices: views of one permutation, never copies of rows. */
import { randomStream } from '@theriac/tensors';
import type { MinibatchProtocol } from './protocol';

/** The batches of one epoch. */
export interface Batches {
  readonly count: number;
  /** Row indices of batch b: clean rows are 0 .. n-1, the rows that came with them n .. n+m-1. */
  batch(b: number): Int32Array;
}

/** How many batches an epoch over n + m rows has. */
export function batchesPerEpoch(protocol: MinibatchProtocol, clean: number, added: number): number {
  return Math.ceil((protocol.order === 'shuffled' ? clean + added : clean) / protocol.batch);
}

/** The batches of epoch `epoch` for `seed`: the same for the same arguments. */
export function epochBatches(
  protocol: MinibatchProtocol,
  clean: number,
  added: number,
  seed: number,
  epoch: number,
): Batches {
  const random = randomStream(seed, 'order', epoch);
  const count = batchesPerEpoch(protocol, clean, added);
  const size = protocol.batch;
  if (protocol.order === 'shuffled') {
    const order = random.permutation(clean + added);
    return { count, batch: (b) => order.subarray(b * size, Math.min((b + 1) * size, order.length)) };
  }
  const order = random.permutation(clean);
  const taken = (b: number): number => Math.min(added, Math.floor((b * size * added) / clean + 1e-9));
  return {
    count,
    batch(b) {
      const own = order.subarray(b * size, Math.min((b + 1) * size, clean));
      const [from, to] = [taken(b), b === count - 1 ? added : taken(b + 1)];
      const rows = new Int32Array(own.length + to - from);
      rows.set(own);
      for (let k = from; k < to; k++) rows[own.length + k - from] = clean + k;
      return rows;
    },
  };
}
