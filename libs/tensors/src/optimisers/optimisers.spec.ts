import { liveTensors } from '../memory-scope';
import { tf } from '../tf';
import { adadelta } from './adadelta';
import { adam } from './adam';
import type { Optimiser } from './optimiser';
import { sgd } from './sgd';

beforeAll(() => tf.setBackend('cpu'));

/** The recurrences of PyTorch's documentation, for one number, in double precision. */
type Rule = (lr: number) => (w: number, g: number) => number;
const sgdRule =
  (momentum: number, decay: number): Rule =>
  (lr) => {
    let b = 0;
    return (w, g) => {
      b = momentum * b + g + decay * w;
      return w - lr * b;
    };
  };
const adamRule =
  (beta1: number, beta2: number, epsilon: number, decay: number): Rule =>
  (lr) => {
    let [m, v, t] = [0, 0, 0];
    return (w, g0) => {
      const g = g0 + decay * w;
      t++;
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      return w - (lr * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
    };
  };
const adadeltaRule =
  (rho: number, epsilon: number, decay: number): Rule =>
  (lr) => {
    let [v, u] = [0, 0];
    return (w, g0) => {
      const g = g0 + decay * w;
      v = rho * v + (1 - rho) * g * g;
      const d = (Math.sqrt(u + epsilon) / Math.sqrt(v + epsilon)) * g;
      u = rho * u + (1 - rho) * d * d;
      return w - lr * d;
    };
  };

const table: [name: string, optimiser: Optimiser, rule: Rule, learningRate: number][] = [
  ['sgd', sgd(), sgdRule(0, 0), 0.1],
  ['sgd with momentum and weight decay', sgd({ momentum: 0.9, weightDecay: 5e-4 }), sgdRule(0.9, 5e-4), 0.1],
  ['adam', adam(), adamRule(0.9, 0.999, 1e-8, 0), 0.01],
  [
    'adam with other settings',
    adam({ beta1: 0.5, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.1 }),
    adamRule(0.5, 0.9, 1e-3, 0.1),
    0.05,
  ],
  ['adadelta', adadelta(), adadeltaRule(0.9, 1e-6, 0), 1],
  [
    'adadelta with other settings',
    adadelta({ rho: 0.95, epsilon: 1e-4, weightDecay: 0.01 }),
    adadeltaRule(0.95, 1e-4, 0.01),
    0.5,
  ],
];

const gradientAt = (w: number, i: number, t: number) => (i + 1) * (w - i) + Math.sin(3 * t + i);

describe.each(table)('%s', (_, optimiser, rule, learningRate) => {
  it('follows its recurrence, coordinate by coordinate, and leaves no tensor behind', () => {
    const before = liveTensors();
    const start = [0.5, -1, 2, 3];
    const rate = tf.scalar(learningRate);
    let w = tf.tensor1d(start);
    let slots = Array.from({ length: optimiser.slots }, () => tf.zeros<tf.Rank.R1>([start.length]));
    const oracle = start.map((value) => ({ w: value, step: rule(learningRate) }));
    for (let t = 1; t <= 50; t++) {
      const gradients = oracle.map((o, i) => gradientAt(o.w, i, t));
      const g = tf.tensor1d(gradients);
      const step = tf.scalar(t);
      const next = optimiser.update(w, g, slots, rate, step);
      tf.dispose([w, ...slots, g, step]);
      ({ w, slots } = next);
      for (const [i, o] of oracle.entries()) o.w = o.step(o.w, gradients[i]!);
      const values = w.dataSync();
      for (const [i, o] of oracle.entries())
        expect(Math.abs(values[i]! - o.w)).toBeLessThan(3e-5 * Math.max(1, Math.abs(o.w)));
    }
    tf.dispose([w, ...slots, rate]);
    expect(liveTensors()).toBe(before);
  });

  it('refuses a wrong number of slots', () => {
    tf.tidy(() => {
      const w = tf.tensor1d([1]);
      const slots = Array.from({ length: optimiser.slots + 1 }, () => tf.zerosLike(w));
      expect(() => optimiser.update(w, w, slots, tf.scalar(1), tf.scalar(1))).toThrow(
        /slots is \d; allowed: \d vectors/,
      );
    });
  });
});

describe('settings', () => {
  it('are refused out of range', () => {
    expect(() => sgd({ momentum: 1 })).toThrow('momentum is 1; allowed: a number from 0 to below 1.');
    expect(() => sgd({ weightDecay: -1 })).toThrow('weight decay is -1; allowed: a number >= 0.');
    expect(() => adam({ beta2: Number.NaN })).toThrow('beta2 is NaN');
    expect(() => adadelta({ rho: 1.5 })).toThrow('rho is 1.5');
    expect(() => adadelta({ epsilon: -1e-6 })).toThrow('epsilon is -0.000001');
  });
});
