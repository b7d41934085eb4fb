import { randomStream } from '@theriac/tensors';
import { drawGaussians } from './gaussians';
import { loadDataset } from './load';
import { loadTestSplit } from './test-split';

describe('drawGaussians', () => {
  it('has the means and the covariance asked for', () => {
    const mu = [1.2, -0.5, 2];
    const count = 40_000;
    const { stored, labels } = drawGaussians(count, mu, randomStream(1));
    const sums = new Float64Array(3);
    const products = new Float64Array(9);
    for (let row = 0; row < count; row++) {
      const sign = labels[row] === 1 ? 1 : -1;
      const noise = mu.map((m, j) => sign * stored[row * 3 + j]! - m);
      for (const [i, a] of noise.entries()) {
        sums[i]! += a / count;
        for (const [j, b] of noise.entries()) products[i * 3 + j]! += (a * b) / count;
      }
    }
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(sums[i]!)).toBeLessThan(5 / Math.sqrt(count));
      for (let j = 0; j < 3; j++) {
        expect(Math.abs(products[i * 3 + j]! - Number(i === j))).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(count));
      }
    }
    expect(labels.reduce((a, b) => a + b, 0)).toBe(count / 2);
  });
});

describe('the data set', () => {
  it('is as hard as the formula says: the best rule errs with probability Phi(-1.5)', async () => {
    const { train } = await loadDataset('gaussians');
    const test = await loadTestSplit('gaussians');
    const right = [train, test].map(
      ({ stored, labels, count }) =>
        labels.reduce(
          (n, label, row) => n + Number(1.2 * stored[2 * row]! + 0.9 * stored[2 * row + 1]! > 0 === (label === 1)),
          0,
        ) / count,
    );
    for (const [i, share] of right.entries()) {
      expect(Math.abs(share - 0.9331928)).toBeLessThan(4 * Math.sqrt((0.9331928 * 0.0668072) / [670, 330][i]!));
    }
  });

  it('is the same every time, and its parts differ', async () => {
    const [one, two, test] = [
      await loadDataset('gaussians'),
      await loadDataset('gaussians'),
      await loadTestSplit('gaussians'),
    ];
    expect(one).toEqual(two);
    expect(one.train.stored.subarray(0, 20)).not.toEqual(test.stored.subarray(0, 20));
  });
});
