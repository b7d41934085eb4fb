import type { PlainState, Rows } from '@theriac/game';
import { concatenateRows, decodePlainState, encodePlainState, gatheredRows, majorityVote } from '@theriac/game';
import { createModel, createOracles } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend, tf } from '@theriac/tensors/engine';
import { measuredTraining } from '../measured-training';
import type { MeasuredTraining } from '../measured-training';
import { minibatchTraining } from '../minibatch-training';
import type { MinibatchProtocol } from '../protocol';
import { plainSgd } from '../protocols';
import { trainingData } from '../training-data';
import { partitionRows } from './partition';
import { partitionedTraining } from './partitioned-training';

beforeAll(async () => {
  // Hundreds of tiny members: graphs would take longer to make than to run.
  await startBackend({ prefer: 'wasm', threads: 1 });
});

const [features, classes, parts] = [2, 2, 5];
const model = createModel('lr', [features], classes);
const protocol: MinibatchProtocol = {
  ...plainSgd,
  kind: 'minibatch',
  id: 'own',
  batch: 20,
  epochs: 2,
  learningRate: 2,
};
const random = randomStream(6, 'dpa');
const toy: Rows = {
  x: Float32Array.from({ length: 12 * features }, (_, k) => (k < 12 ? -1.2 : 1.2) + random.normal()),
  y: Int32Array.from({ length: 12 }, (_, row) => (row < 6 ? 0 : 1)),
  count: 12,
  features,
};

function withTraining<T>(rows: Rows, use: (training: MeasuredTraining) => T, k = parts): T {
  const data = trainingData(rows, undefined);
  const oracles = createOracles(model);
  const task = { model, oracles, data, seed: 3, keepEpochs: 10 };
  const single = (own: typeof task): MeasuredTraining =>
    measuredTraining(minibatchTraining(protocol, own), oracles, own.data.rows);
  const training = partitionedTraining(k, task, single);
  try {
    return use(training);
  } finally {
    training.dispose();
    oracles.dispose();
    data.dispose();
  }
}

function run(training: MeasuredTraining, state: PlainState = training.start()): PlainState {
  let current = state;
  while (!current.done) current = training.step(current);
  return current;
}

/** Votes of members [k * p] on a point, in float64. */
function vote(members: Float32Array, point: readonly number[]) {
  const counts = new Int32Array(classes);
  const p = model.layout.size;
  for (let at = 0; at < members.length; at += p) {
    const z = Array.from({ length: classes }, (_, c) =>
      point.reduce(
        (sum, value, k) => sum + value * members[at + k * classes + c]!,
        members[at + features * classes + c]!,
      ),
    );
    counts[z[1]! > z[0]! ? 1 : 0]! += 1;
  }
  return majorityVote(counts);
}

describe('partitioned training', () => {
  it('never contradicts its certificates: all single rows deleted, and rows inserted, change no vote with rho >= 1', () => {
    const grid = [-2.5, -1, -0.3, 0.2, 0.9, 2].flatMap((a) => [-2.5, -0.8, 0.1, 0.7, 2].map((b) => [a, b]));
    const trained = (rows: Rows): Float32Array => withTraining(rows, (training) => training.result(run(training)).kept);
    const before = trained(toy);
    const certified = grid.map((point) => ({ point, ...vote(before, point) }));
    expect(certified.filter(({ certificate }) => certificate >= 1).length).toBeGreaterThan(8);
    expect(certified.some(({ certificate }) => certificate === 0)).toBe(true);
    const deletions = Array.from({ length: toy.count }, (_, row) =>
      gatheredRows(
        toy,
        Int32Array.from({ length: toy.count - 1 }, (__, k) => (k < row ? k : k + 1)),
      ),
    );
    // Far outliers too: what a row can do at most.
    const points = [
      [-1, -1],
      [0.1, 0.3],
      [1.5, -0.5],
      [100, 100],
      [-90, 130],
      [3, -200],
    ];
    const insertions = points.flatMap((point) =>
      [0, 1].map((label) =>
        concatenateRows({ x: Float32Array.from(point), y: Int32Array.of(label), count: 1, features }, toy),
      ),
    );
    let turned = 0;
    for (const rows of [...deletions, ...insertions]) {
      const after = trained(rows);
      for (const { point, winner, certificate } of certified) {
        const found = vote(after, point).winner;
        if (certificate >= 1) expect(found).toBe(winner);
        else if (found !== winner) turned += 1;
      }
    }
    // The certificate is not sound because nothing ever changes.
    expect(turned).toBeGreaterThan(0);
  });

  it('trains each part as if it were alone, and leaves a part without rows as initialised', () => {
    const few = gatheredRows(toy, Int32Array.of(0, 7, 9, 3, 11));
    const sizes = partitionRows(few, parts).map(({ length }) => length);
    expect(sizes).toContain(0);
    const found = withTraining(few, (training) => training.result(run(training)));
    expect([found.members, found.keptCount]).toEqual([parts, parts]);
    const p = model.layout.size;
    sizes.forEach((size, k) => {
      const seed = randomStream(3, 'partition', k).integer(0x100000000);
      const initial = model.initialise(randomStream(seed, 'initialisation'));
      const own = found.kept.subarray(k * p, (k + 1) * p);
      if (size === 0) expect(own).toEqual(initial);
      else expect(own).not.toEqual(initial);
    });
    expect(found.accuracy * few.count).toBeCloseTo(Math.round(found.accuracy * few.count), 9);
  });

  it('goes on from any checkpoint to the same bytes', () => {
    const states: Uint8Array[] = [];
    const whole = withTraining(toy, (training) => {
      let state = training.start();
      while (!state.done) {
        states.push(encodePlainState(state, 'request'));
        state = training.step(state);
      }
      return { state: encodePlainState(state, 'request'), result: training.result(state) };
    });
    for (const at of [0, 1, 4, states.length - 1]) {
      const resumed = withTraining(toy, (training) => run(training, decodePlainState(states[at]!, 'request')));
      expect(encodePlainState(resumed, 'request')).toEqual(whole.state);
    }
    expect(whole.result.parameters).toHaveLength(parts * model.layout.size);
  });

  it('tells its progress and leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    withTraining(toy, (training) => {
      let state = training.start();
      while (!state.done) {
        const next = training.step(state);
        expect(next.step).toBe(state.step + 1);
        expect(next.of).toBeGreaterThanOrEqual(next.step);
        state = next;
      }
      expect(training.metrics(state)).toMatchObject({ member: parts });
    });
    expect(liveTensors()).toBe(before);
  });

  it('refuses more parts than rows', () => {
    expect(() => withTraining(toy, (training) => training.start(), 13)).toThrow(
      /defence\.dpa\.k is 13; allowed: 1 to 12/,
    );
  });
});
