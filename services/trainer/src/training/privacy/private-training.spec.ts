import type { PlainState, Rows } from '@theriac/game';
import { decodePlainState, encodePlainState, gatheredRows, regressionGradient } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { norm, randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { minibatchTraining } from '../minibatch-training';
import type { MinibatchProtocol } from '../protocol';
import { plainSgd } from '../protocols';
import { trainingData } from '../training-data';
import type { Training } from '../training';
import { epsilonOf } from './accountant';
import type { PrivacySettings } from './guarantee';
import { joiningRows } from './joining-rows';

beforeAll(async () => {
  await startBackend({ threads: 1 });
});

const [features, classes, n] = [5, 3, 40];
const model = createModel('lr', [features], classes);
const random = randomStream(3, 'private training');
const mu: Rows = {
  x: Float32Array.from({ length: n * features }, () => 2 * random.normal()),
  y: Int32Array.from({ length: n }, () => random.integer(classes)),
  count: n,
  features,
};
const protocol: MinibatchProtocol = { ...plainSgd, kind: 'minibatch', id: 'own', batch: 10, epochs: 3 };
const plain: PrivacySettings = { clip: 0.7, noise: 0, delta: 1e-5 };

function withTraining<T>(
  settings: PrivacySettings,
  use: (training: Training) => T,
  { batch = 10, activations = model.activations, seed = 4, momentum = 0 } = {},
): T {
  const own = { ...model, activations };
  const data = trainingData(mu, undefined);
  const oracles = createOracles(model);
  const task = { model: own, oracles, data, seed, keepEpochs: 1 };
  const training = minibatchTraining({ ...protocol, batch, momentum }, task, { privacy: settings });
  try {
    return use(training);
  } finally {
    training.dispose();
    oracles.dispose();
    data.dispose();
  }
}

function run(training: Training, state: PlainState = training.start()): PlainState {
  let current = state;
  while (!current.done) current = training.step(current);
  return current;
}

const weights = (state: PlainState): Float32Array => state.arrays['w'] as Float32Array;

/** Steps of clipped gradients in float64, row by row, over the rows that join. */
function byHand(settings: PrivacySettings, batch: number, seed: number): Float64Array {
  const w = Float64Array.from(model.initialise(randomStream(seed, 'initialisation')));
  for (let step = 0; step < Math.ceil(n / batch) * protocol.epochs; step++) {
    const sum = new Float64Array(w.length);
    for (const row of joiningRows(n, Math.min(1, batch / n), seed, step)) {
      const { gradient } = regressionGradient(w, gatheredRows(mu, Int32Array.of(row)), classes);
      const factor = Math.min(1, settings.clip / norm(gradient));
      gradient.forEach((g, k) => (sum[k]! += factor * g));
    }
    sum.forEach((value, k) => (w[k]! -= (protocol.learningRate * value) / Math.min(batch, n)));
  }
  return w;
}

describe('private training', () => {
  it.each([
    [10, model.activations],
    // Most batches have one row or none.
    [1, model.activations],
    [40, model.activations],
    // So many activations that a round holds two rows.
    [10, 2 ** 23],
  ])('of batch %d, a row with %d activations, follows the recurrence of clipped rows', (batch, activations) => {
    const found = withTraining(plain, (training) => weights(run(training)), { batch, activations });
    const expected = byHand(plain, batch, 4);
    found.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 5));
  });

  it('adds normal noise of the deviation that is accounted for, anew in every step', () => {
    const steps = (noise: number): Float32Array[] =>
      withTraining({ ...plain, noise }, (training) => {
        const first = training.step(training.start());
        return [weights(training.start()), weights(first), weights(training.step(first))];
      });
    const [quiet, loud] = [steps(0), steps(5)];
    // w - lr/B (sum + noise): the same sum in the first step.
    const drawn = quiet[1]!.map((value, k) => ((value - loud[1]![k]!) * 10) / 0.1 / (5 * plain.clip));
    const p = drawn.length;
    const variance = drawn.reduce((sum, z) => sum + z ** 2, 0) / p;
    // Four deviations of a mean of squares of normals.
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / p));
    expect(Math.abs(drawn.reduce((sum, z) => sum + z, 0) / p)).toBeLessThan(4 / Math.sqrt(p));
    const again = loud[2]!.map((value, k) => value - loud[1]![k]!);
    expect(norm(again.map((value, k) => value - (loud[1]![k]! - loud[0]![k]!)))).toBeGreaterThan(0.1);
  });

  it('goes on from a checkpoint to the same bytes, and depends on the seed', () => {
    const settings = { ...plain, noise: 1.5 };
    const whole = withTraining(settings, (training) => run(training), { momentum: 0.9 });
    const half = withTraining(
      settings,
      (training) => {
        let state = training.start();
        for (let k = 0; k < 5; k++) state = training.step(state);
        return encodePlainState(state, 'request');
      },
      { momentum: 0.9 },
    );
    const resumed = withTraining(settings, (training) => run(training, decodePlainState(half, 'request')), {
      momentum: 0.9,
    });
    expect(encodePlainState(resumed, 'request')).toEqual(encodePlainState(whole, 'request'));
    const other = withTraining(settings, (training) => run(training), { momentum: 0.9, seed: 5 });
    expect(weights(other)).not.toEqual(weights(whole));
  });

  it('says what it guarantees', () => {
    const found = withTraining({ ...plain, noise: 2 }, (training) => training.privacy);
    const epsilon = epsilonOf({ rate: 0.25, noise: 2, steps: 12 }, 1e-5);
    expect(found).toEqual({ clip: 0.7, noise: 2, delta: 1e-5, rate: 0.25, steps: 12, epsilon });
    expect(withTraining(plain, (training) => training.privacy)?.epsilon).toBeNull();
  });

  it('leaves no tensor behind', () => {
    const before = liveTensors();
    withTraining({ ...plain, noise: 1 }, (training) => run(training));
    expect(liveTensors()).toBe(before);
  });
});

describe('rows that join', () => {
  it('do so independently, with the given probability', () => {
    const [count, rate] = [20000, 0.05];
    const [a, b] = [joiningRows(count, rate, 1, 0), joiningRows(count, rate, 1, 1)];
    for (const rows of [a, b])
      expect(Math.abs(rows.length - count * rate)).toBeLessThan(5 * Math.sqrt(count * rate * (1 - rate)));
    const both = a.filter((row) => b.includes(row)).length;
    expect(Math.abs(both - count * rate ** 2)).toBeLessThan(5 * Math.sqrt(count * rate ** 2));
    expect(joiningRows(7, 1, 1, 0)).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5, 6));
  });
});
