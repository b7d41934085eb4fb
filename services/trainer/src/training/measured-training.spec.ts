import type { PlainState, Rows } from '@theriac/game';
import { decodePlainState, encodePlainState, regressionGradient } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { norm, randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { convergedTraining } from './converged-training';
import { measuredTraining } from './measured-training';
import type { MeasuredTraining } from './measured-training';
import { minibatchTraining } from './minibatch-training';
import { plainSgd } from './protocols';
import { trainingData } from './training-data';

beforeAll(async () => {
  await startBackend();
});

const [features, classes, count] = [5, 3, 50];
const random = randomStream(1, 'rows');
const rows: Rows = {
  x: Float32Array.from({ length: count * features }, () => random.normal()),
  y: Int32Array.from({ length: count }, () => random.integer(classes)),
  count,
  features,
};
/** So many activations that one step measures one chunk: 4 steps of 16 rows, the last one of 2. */
const model = { ...createModel('lr', [features], classes), activations: 2 ** 28 };

function withTraining<T>(kind: 'minibatch' | 'converged', use: (training: MeasuredTraining) => T): T {
  const data = trainingData(rows, undefined);
  const oracles = createOracles(model, { chunk: 16 });
  const task = { model, oracles, data, seed: 4, keepEpochs: 2 };
  const own =
    kind === 'converged'
      ? convergedTraining({ kind, id: 'converged', iterations: 100, gradientTolerance: 1e-3 }, task)
      : minibatchTraining({ ...plainSgd, kind, id: 'own', batch: 20, epochs: 3 }, task);
  const training = measuredTraining(own, oracles, data.rows);
  try {
    return use(training);
  } finally {
    training.dispose();
    oracles.dispose();
    data.dispose();
  }
}

function statesOf(training: MeasuredTraining, from: PlainState = training.start()): PlainState[] {
  const states = [from];
  for (let last = from; !last.done; states.push(last)) last = training.step(last);
  return states;
}

describe.each(['minibatch', 'converged'] as const)('a measured training (%s)', (kind) => {
  it('ends with loss and gradient over all rows, in pieces', () => {
    withTraining(kind, (training) => {
      const states = statesOf(training);
      const last = states.at(-1)!;
      const result = training.result(last);
      const expected = regressionGradient(Float64Array.from(result.parameters), rows, classes);
      expect(result.loss).toBeCloseTo(expected.loss, 5);
      expect(result.gradientNorm).toBeCloseTo(norm(expected.gradient), 5);
      expect(result.stopped).toBe(kind === 'converged' ? 'converged' : 'epochs');
      expect([last.step, last.of]).toEqual([states.length - 1, states.length - 1]);
      if (kind === 'minibatch') expect(last.of).toBe(9 + 4);
    });
  });

  it('never runs past its end, and goes on from any state to the same bytes', () => {
    withTraining(kind, (training) => {
      const states = statesOf(training);
      for (const state of states) expect(state.step).toBeLessThanOrEqual(state.of);
      const end = encodePlainState(states.at(-1)!, 'request');
      for (const state of [states.at(2)!, states.at(-3)!, states.at(-5)!]) {
        const stored = decodePlainState(encodePlainState(state, 'request'), 'request');
        expect(encodePlainState(statesOf(training, stored).at(-1)!, 'request')).toEqual(end);
      }
    });
  });
});
