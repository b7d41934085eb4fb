import type { PlainState, Rows, StreamedRows } from '@theriac/game';
import { decodePlainState, encodePlainState, gatheredRows, regressionGradient, rowsBetween } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { normalisedModel } from '../fakes/normalised-model';
import { epochBatches } from './batches';
import { minibatchTraining } from './minibatch-training';
import { learningRateAt } from './learning-rate';
import type { MinibatchProtocol } from './protocol';
import { plainSgd } from './protocols';
import { trainingData } from './training-data';
import type { Training } from './training';

beforeAll(async () => {
  await startBackend();
});

const [features, classes] = [5, 3];
const model = createModel('lr', [features], classes);

function randomRows(count: number, seed: number, spread = 1): Rows {
  const random = randomStream(seed, 'rows');
  return {
    x: Float32Array.from({ length: count * features }, () => spread * random.normal()),
    y: Int32Array.from({ length: count }, () => random.integer(classes)),
    count,
    features,
  };
}

const [mu, nu] = [randomRows(50, 1), randomRows(7, 2, 3)];

function settings(change: Partial<MinibatchProtocol>): MinibatchProtocol {
  return { ...plainSgd, kind: 'minibatch', id: 'own', batch: 20, epochs: 3, ...change };
}

function withTraining<T>(protocol: MinibatchProtocol, use: (training: Training) => T, seed = 4, keepEpochs = 2): T {
  const data = trainingData(mu, nu);
  const oracles = createOracles(model);
  const training = minibatchTraining(protocol, { model, oracles, data, seed, keepEpochs });
  try {
    return use(training);
  } finally {
    training.dispose();
    oracles.dispose();
    data.dispose();
  }
}

/** A training of the network with dropout and batch normalisation: 3 steps an epoch. */
function normalised<T>(
  [dropout, augmentation, streams]: readonly [MinibatchProtocol['dropout'], MinibatchProtocol['augmentation'], boolean],
  use: (training: Training) => T,
): T {
  const { features } = normalisedModel;
  const random = randomStream(3, 'images');
  const x = Float32Array.from({ length: 48 * features }, () => random.normal());
  const rows: Rows = { ...randomRows(48, 3), x, features };
  const { y, count } = rows;
  const streamed: StreamedRows = {
    y,
    count,
    features,
    gather: (indices) => gatheredRows(rows, indices).x,
    block: (from, to) => rowsBetween(rows, from, to).x,
  };
  const data = trainingData(streams ? streamed : rows, undefined, {
    shape: [2, 2, 1],
    black: new Float32Array(features).fill(-1),
  });
  const oracles = createOracles(normalisedModel);
  const protocol = settings({ dropout, augmentation, momentum: 0.9, epochs: 4 });
  const training = minibatchTraining(protocol, { model: normalisedModel, oracles, data, seed: 4, keepEpochs: 2 });
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

/** Plain SGD in float64 over the same batches, from the closed-form gradient. */
function sgdByHand(protocol: MinibatchProtocol, seed: number): Float64Array {
  const all = { x: [...mu.x, ...nu.x], y: [...mu.y, ...nu.y] };
  const w = Float64Array.from(model.initialise(randomStream(seed, 'initialisation')));
  for (let epoch = 0; epoch < protocol.epochs; epoch++) {
    const batches = epochBatches(protocol, mu.count, nu.count, seed, epoch);
    for (let b = 0; b < batches.count; b++) {
      const rows = [...batches.batch(b)];
      const x = Float32Array.from(rows.flatMap((row) => all.x.slice(row * features, (row + 1) * features)));
      const y = Int32Array.from(rows, (row) => all.y[row] as number);
      const { gradient } = regressionGradient(w, { x, y, count: rows.length, features }, classes);
      const rate = learningRateAt(protocol, epoch * batches.count + b, batches.count);
      gradient.forEach((g, k) => (w[k] = (w[k] as number) - rate * g));
    }
  }
  return w;
}

describe('minibatch training', () => {
  it.each([
    ['shuffled', {}],
    ['shuffled, decaying', { schedule: { kind: 'exponential', factor: 0.5 } }],
    ['appended', { order: 'appended' }],
    ['one batch an epoch', { batch: 1000 }],
  ] as const)('by SGD, %s, follows the recurrence', (_, change) => {
    const protocol = settings(change);
    const found = withTraining(protocol, (training) => weights(run(training)));
    const expected = sgdByHand(protocol, 4);
    found.forEach((value, k) => expect(value).toBeCloseTo(expected[k] as number, 5));
  });

  it.each(['sgd', 'adam', 'adadelta'] as const)('by %s goes on from a checkpoint to the same bytes', (optimiser) => {
    const protocol = settings({ optimiser, learningRate: 0.1 });
    const whole = withTraining(protocol, (training) => run(training));
    const half = withTraining(protocol, (training) => {
      let state = training.start();
      for (let k = 0; k < 5; k++) state = training.step(state);
      return encodePlainState(state, 'request');
    });
    const resumed = withTraining(protocol, (training) => run(training, decodePlainState(half, 'request')));
    expect(encodePlainState(resumed, 'request')).toEqual(encodePlainState(whole, 'request'));
  });

  it.each(['sgd', 'adam', 'adadelta'] as const)('by %s lowers the loss', (optimiser) => {
    withTraining(settings({ optimiser, epochs: 30, learningRate: optimiser === 'adam' ? 0.01 : 0.1 }), (training) => {
      const first = training.step(training.start());
      expect(training.metrics(run(training))['loss']).toBeLessThan(training.metrics(first)['loss'] as number);
    });
  });

  it('keeps the parameters of the last epochs, oldest first', () => {
    const p = model.layout.size;
    const { kept, last, before } = withTraining(settings({}), (training) => {
      let state = training.start();
      let before = state;
      while (!state.done) {
        state = training.step(state);
        if (state.step === state.of - 3) before = state; // three batches an epoch
      }
      return { kept: training.result(state), last: weights(state), before: weights(before) };
    });
    expect(kept.keptCount).toBe(2);
    expect(kept.kept.subarray(0, p)).toEqual(before);
    expect(kept.kept.subarray(p)).toEqual(last);
  });

  it('depends on the seed', () => {
    const of = (seed: number): Float32Array => withTraining(settings({}), (training) => weights(run(training)), seed);
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it.each([
    ['always', 'none', false],
    ['first-epoch', 'none', true],
    ['always', 'crop-and-flip', false],
    ['first-epoch', 'crop-and-flip', true],
  ] as const)('with dropout %s, augmentation %s, streamed %p, ends in the same bytes in one slice or two', (...how) => {
    const whole = normalised(how, (training) => run(training));
    const half = normalised(how, (training) => {
      let state = training.start();
      for (let k = 0; k < 7; k++) state = training.step(state);
      return encodePlainState(state, 'request');
    });
    const resumed = normalised(how, (training) => run(training, decodePlainState(half, 'request')));
    expect(encodePlainState(resumed, 'request')).toEqual(encodePlainState(whole, 'request'));
    const { w, slot0 } = whole.arrays;
    expect(w).toHaveLength(normalisedModel.layout.size);
    expect(slot0).toHaveLength(normalisedModel.statisticsFrom);
  });

  it('gives the same weights from streamed rows as from held ones', () => {
    const [held, streamed] = [false, true].map((streams) =>
      normalised(['always', 'none', streams], (training) => weights(run(training))),
    );
    streamed!.forEach((value, k) => expect(value).toBeCloseTo(held![k]!, 5));
  });

  it('drops out in the first epoch only where the protocol says so', () => {
    const after = (dropout: 'always' | 'first-epoch', steps: number): Float32Array =>
      normalised([dropout, 'none', false], (training) => {
        let state = training.start();
        for (let k = 0; k < steps; k++) state = training.step(state);
        return weights(state);
      });
    expect(after('first-epoch', 3)).toEqual(after('always', 3));
    expect(after('first-epoch', 4)).not.toEqual(after('always', 4));
  });

  it('says where it diverged instead of going on', () => {
    const protocol = settings({ learningRate: 1e38, epochs: 50 });
    expect(() => withTraining(protocol, (training) => run(training))).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ code: 'ABORTED' }) as unknown }) as Error,
    );
  });

  it('leaves no tensor behind', () => {
    const before = liveTensors();
    withTraining(settings({}), (training) => run(training));
    expect(liveTensors()).toBe(before);
  });
});
