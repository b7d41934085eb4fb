import { randomStream } from '@theriac/tensors';
import { smoothErrors } from './leader';

const classes = 3;
const random = randomStream(1, 'leader');
const y = Int32Array.from({ length: 40 }, (_, i) => i % classes);
const z = Float64Array.from({ length: 40 * classes }, () => 2 * random.normal());

describe('smoothErrors', () => {
  it('counts the rows whose best other logit is greater', () => {
    const wrong = Array.from(y).filter((label, i) => {
      const row = Array.from(z.subarray(i * classes, (i + 1) * classes));
      return Math.max(...row) !== row[label];
    });
    expect(wrong.length).toBeGreaterThan(5);
    expect(smoothErrors(z, y, classes).errors).toBeCloseTo(wrong.length / 40, 12);
  });

  it('tends to that count as the temperature falls', () => {
    const { loss, errors } = smoothErrors(z, y, classes, 1e-4);
    expect(loss).toBeCloseTo(errors, 6);
  });

  it('has the slope of finite differences', () => {
    const { slope } = smoothErrors(z, y, classes, 0.7);
    for (let i = 0; i < z.length; i += 7) {
      const at = (step: number) => smoothErrors(Float64Array.from(z).with(i, z[i]! + step), y, classes, 0.7).loss;
      expect(slope[i]).toBeCloseTo((at(1e-5) - at(-1e-5)) / 2e-5, 8);
    }
  });

  it('does not change when all logits are scaled', () => {
    const scaled = smoothErrors(
      z.map((value) => 5 * value),
      y,
      classes,
    );
    expect(scaled.loss).toBeCloseTo(smoothErrors(z, y, classes).loss, 12);
  });
});
