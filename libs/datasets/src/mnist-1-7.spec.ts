import { loadDataset } from './load';
import { withLabels } from './mnist-1-7';
import { loadTestSplit } from './test-split';

it('takes the rows with the labels wanted, in their order', () => {
  const rows = {
    count: 4,
    features: 2,
    stored: Uint8Array.of(10, 11, 20, 21, 30, 31, 40, 41),
    labels: Uint8Array.of(7, 3, 1, 7),
  };
  expect(withLabels(rows, [1, 7])).toEqual({
    count: 3,
    features: 2,
    stored: Uint8Array.of(10, 11, 30, 31, 40, 41),
    labels: Uint8Array.of(1, 0, 1),
  });
});

const directory = process.env['THERIAC_DATA'];
if (!directory) process.stderr.write('THERIAC_DATA is not set: MNIST 1 versus 7 is tested on made-up rows only.\n');
else {
  it('has the counts of MNIST, and its images', async () => {
    const [all, part] = [await loadDataset('mnist', { directory }), await loadDataset('mnist-1-7', { directory })];
    const count = (labels: Uint8Array, wanted: number) => labels.reduce((n, label) => n + Number(label === wanted), 0);
    expect(part).toMatchObject({ id: 'mnist-1-7', classes: 2, classNames: ['1', '7'], shape: [28, 28, 1] });
    expect(part.train.count).toBe(13_007);
    expect([count(part.train.labels, 0), count(part.train.labels, 1)]).toEqual([6742, 6265]);
    // The first training digits are 5 0 4 1 9 2 1.
    expect([...part.train.labels.subarray(0, 2)]).toEqual([0, 0]);
    expect(part.train.stored.subarray(784, 2 * 784)).toEqual(all.train.stored.subarray(6 * 784, 7 * 784));
    expect(part.digest).not.toBe(all.digest);
    const test = await loadTestSplit('mnist-1-7', { directory });
    expect([test.count, count(test.labels, 0)]).toEqual([2163, 1135]);
  });

  it('is cut to the training limit', async () => {
    expect((await loadDataset('mnist-1-7', { directory, trainLimit: 10 })).train.count).toBe(10);
    await expect(loadDataset('mnist-1-7', { directory, trainLimit: 13_008 })).rejects.toThrow('from 1 to 13007');
  });
}
