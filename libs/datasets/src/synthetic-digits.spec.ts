import { randomStream } from '@theriac/tensors';
import type { Examples } from './dataset';
import { sha256 } from './integrity';
import { moments } from './moments';
import { drawDigits, syntheticDigits } from './synthetic-digits';
import { toModelInput } from './scaling';

const train = drawDigits(6000, randomStream(0, 'synthetic-digits', 'train'));
const test = drawDigits(2000, randomStream(0, 'synthetic-digits', 'test'));

describe('drawDigits', () => {
  it('gives the same bytes in every version of this generator', () => {
    expect(sha256(train.stored.subarray(0, 100 * 784) as Uint8Array)).toBe(
      '997d3c67fe4ac5fa0c24cbeb5bb6314203c6cb5db551b4a3f608a3b272355bb7',
    );
    expect([...train.labels.subarray(0, 10)]).toEqual([2, 6, 6, 6, 9, 7, 9, 3, 4, 3]);
  });

  it('gives a short run as the beginning of a long one, another for another seed', () => {
    const short = drawDigits(10, randomStream(0, 'synthetic-digits', 'train'));
    expect(short.stored).toEqual(train.stored.subarray(0, 7840));
    expect(drawDigits(10, randomStream(1, 'synthetic-digits', 'train')).stored).not.toEqual(short.stored);
  });

  it('has ten classes of about equal size, whole images, none alike', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label]!++;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(5 * Math.sqrt(540));
    const seen = new Set<string>();
    for (let i = 0; i < train.count; i++) {
      const image = train.stored.subarray(i * 784, (i + 1) * 784);
      expect(Math.max(...image)).toBeGreaterThan(150);
      seen.add(Buffer.from(image).toString('latin1'));
    }
    expect(seen.size).toBe(train.count);
  });
});

describe('the data set', () => {
  it('is scaled by its own moments', async () => {
    const dataset = await syntheticDigits.train('', 6000);
    const { mean, sd } = moments({
      count: dataset.train.stored.length,
      features: 1,
      stored: dataset.train.stored,
      labels: dataset.train.labels,
    });
    expect(dataset.standardisation.mean[0]).toBeCloseTo(mean[0]!, 2);
    expect(dataset.standardisation.sd[0]).toBeCloseTo(sd[0]!, 2);
  });

  it('is hard enough: softmax regression gets 85 to 97% right', async () => {
    const dataset = await syntheticDigits.train('', 1);
    const rows = (part: Examples) => ({ x: toModelInput(part, dataset, 'standardised'), y: part.labels });
    const accuracy = softmaxRegressionAccuracy(rows(train), rows(test));
    expect(accuracy).toBeGreaterThan(0.87);
    expect(accuracy).toBeLessThan(0.95);
  });
});

interface Labelled {
  x: Float32Array;
  y: Uint8Array;
}

const { exp } = Math;

/** Plain SGD, rate 0.1, batches of 200 in order, 12 passes, from zero: the share of test rows classified right. */
function softmaxRegressionAccuracy(data: Labelled, held: Labelled): number {
  const d = 784;
  const w = new Float64Array(10 * (d + 1));
  const logits = (x: Float32Array, row: number) =>
    Float64Array.from({ length: 10 }, (_, k) => {
      let z = w[10 * d + k]!;
      for (let j = 0; j < d; j++) z += w[k * d + j]! * x[row * d + j]!;
      return z;
    });
  const batch = 200;
  for (let pass = 0; pass < 12; pass++) {
    for (let from = 0; from < data.y.length; from += batch) {
      const g = new Float64Array(w.length);
      for (let row = from; row < from + batch; row++) {
        const z = logits(data.x, row);
        const top = Math.max(...z);
        const p = z.map((value) => exp(value - top));
        const sum = p.reduce((a, b) => a + b);
        for (let k = 0; k < 10; k++) {
          const delta = p[k]! / sum - Number(data.y[row] === k);
          g[10 * d + k]! += delta;
          for (let j = 0; j < d; j++) g[k * d + j]! += delta * data.x[row * d + j]!;
        }
      }
      for (let i = 0; i < w.length; i++) w[i]! -= (0.1 * g[i]!) / batch;
    }
  }
  let right = 0;
  for (let row = 0; row < held.y.length; row++) {
    const z = logits(held.x, row);
    right += Number(z.indexOf(Math.max(...z)) === held.y[row]);
  }
  return right / held.y.length;
}
