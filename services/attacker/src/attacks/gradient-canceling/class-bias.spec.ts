import { regressionErrors } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { balancedBias, classFrequencies } from './class-bias';

const classes = 4;
const count = 60;
const random = randomStream(2, 'class-bias');
const labels = Int32Array.from({ length: count }, () => Math.floor(classes * random.uniform() ** 2));
const z = Float64Array.from({ length: count * classes }, () => random.normal());

const lossAt = (bias: Float64Array, scale: number) =>
  regressionErrors(
    z.map((value, i) => scale * value + bias[i % classes]!),
    labels,
    classes,
  ).loss;

describe('balancedBias', () => {
  it('is the centred log frequency where logits say nothing', () => {
    const bias = balancedBias(new Float64Array(count * classes), labels, classes);
    const logs = classFrequencies(labels, classes).map(Math.log);
    const mean = logs.reduce((sum, value) => sum + value, 0) / classes;
    bias.forEach((value, k) => expect(value).toBeCloseTo(logs[k]! - mean, 12));
  });

  it.each([0.1, 1, 8])(
    'matches mean predictions to frequencies at scale %p, and no other bias has less loss',
    (scale) => {
      const bias = balancedBias(z, labels, classes, { scale });
      const { errors } = regressionErrors(
        z.map((value, i) => scale * value + bias[i % classes]!),
        labels,
        classes,
      );
      for (let k = 0; k < classes; k++)
        expect(errors.reduce((sum, value, i) => sum + (i % classes === k ? value : 0), 0)).toBeCloseTo(0, 10);
      for (let trial = 0; trial < 20; trial++)
        expect(
          lossAt(
            bias.map((value) => value + 0.01 * random.normal()),
            scale,
          ),
        ).toBeGreaterThanOrEqual(lossAt(bias, scale));
    },
  );

  it('does not depend on where Newton starts', () => {
    const there = balancedBias(z, labels, classes, { start: Float64Array.from([5, -5, 0, 0]) });
    balancedBias(z, labels, classes).forEach((value, k) => expect(value).toBeCloseTo(there[k]!, 10));
  });
});
