import { batchesPerEpoch, epochBatches } from './batches';
import type { MinibatchProtocol } from './protocol';
import { plainSgd } from './protocols';

const protocol = (order: MinibatchProtocol['order'], batch: number): MinibatchProtocol => ({
  ...plainSgd,
  kind: 'minibatch',
  id: 'own',
  order,
  batch,
});

function rowsOf(order: MinibatchProtocol['order'], batch: number, clean: number, added: number): number[][] {
  const batches = epochBatches(protocol(order, batch), clean, added, 1, 0);
  return Array.from({ length: batches.count }, (_, b) => [...batches.batch(b)]);
}

describe('the batches of an epoch', () => {
  it.each([
    ['shuffled', 10, 25, 3],
    ['shuffled', 7, 14, 0],
    ['shuffled', 100, 5, 2],
    ['appended', 10, 30, 3],
    ['appended', 10, 25, 4],
    ['appended', 10, 25, 60],
    ['appended', 10, 30, 0],
  ] as const)('%s, batch %d: %d clean and %d added rows come once each', (order, batch, clean, added) => {
    const all = rowsOf(order, batch, clean, added);
    expect(all).toHaveLength(batchesPerEpoch(protocol(order, batch), clean, added));
    expect(all.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: clean + added }, (_, k) => k));
  });

  it('appends the next m/n share of the added rows to each clean batch, in their own order', () => {
    const all = rowsOf('appended', 1000, 60000, 1800);
    all.forEach((rows, b) => {
      expect(rows).toHaveLength(1030);
      expect(rows.slice(1000)).toEqual(Array.from({ length: 30 }, (_, k) => 60000 + 30 * b + k));
    });
  });

  it('depends on seed and epoch, and on nothing else', () => {
    const order = (seed: number, epoch: number): Int32Array =>
      epochBatches(protocol('shuffled', 50), 50, 0, seed, epoch).batch(0);
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2)).not.toEqual(order(2, 2));
    expect(order(1, 2)).not.toEqual(order(1, 3));
  });
});
