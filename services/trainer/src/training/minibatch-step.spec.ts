import type { Model, Rows } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import { createModel } from '@theriac/game/engine';
import { norm, randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { keepMasks } from './dropout-masks';
import { minibatchStep } from './minibatch-step';
import type { StepInput, StepOutput } from './minibatch-step';
import { normalisedLoss, normalisedModel } from '../fakes/normalised-model';
import type { MinibatchProtocol } from './protocol';
import { plainSgd } from './protocols';
import { trainingData } from './training-data';

beforeAll(async () => {
  await startBackend();
});

const random = randomStream(7, 'step');
const count = 12;
const rows: Rows = {
  x: Float32Array.from({ length: count * normalisedModel.features }, () => random.normal()),
  y: Uint8Array.from({ length: count }, () => random.integer(3)),
  count,
  features: normalisedModel.features,
};
const w = normalisedModel.initialise(random.fork('w'));
const trained = normalisedModel.statisticsFrom;
const indices = Int32Array.of(3, 0, 11, 7, 5, 2, 8);
const data = trainingData(rows, undefined);
const batch = data.gather(indices);
const masks = keepMasks(normalisedModel.training!.dropout, batch.count, 1, 0);

afterAll(() => data.dispose());

const settings = (change: Partial<MinibatchProtocol>): MinibatchProtocol => ({
  ...plainSgd,
  kind: 'minibatch',
  id: 'own',
  ...change,
});

function stepped(
  change: Partial<MinibatchProtocol>,
  input: Partial<StepInput> = {},
  model: Model = normalisedModel,
): StepOutput {
  const step = minibatchStep(settings(change), model);
  const base = { batch: { indices, rows: batch }, masks, learningRate: 0.3, count: 1, w };
  const slots = Array.from({ length: step.slots }, () => new Float32Array(trained).fill(0.01));
  try {
    return step.run({ ...base, slots, ...input }, data.resident());
  } finally {
    step.dispose();
  }
}

/** The gradient at w over the trained part. */
function centralDifferences(loss: (v: Float64Array) => number): Float64Array {
  const h = 1e-5;
  const at = (k: number, shift: number): number => {
    const shifted = Float64Array.from(w);
    shifted[k] = w[k]! + shift;
    return loss(shifted);
  };
  return Float64Array.from({ length: trained }, (_, k) => (at(k, h) - at(k, -h)) / (2 * h));
}

const gradientByHand = (mask: Uint8Array | undefined): Float64Array =>
  centralDifferences((v) => normalisedLoss(v, batch.x, batch.y, mask).loss);

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) expect(found[k]).toBeCloseTo(expected[k]!, 4);
}

describe('a step of a network with dropout and batch normalisation', () => {
  it.each([
    ['with its masks', masks],
    ['without dropout', []],
  ])('%s moves the trained part against the gradient of the masked loss, and the statistics by a tenth', (_, given) => {
    const { loss, statistics } = normalisedLoss(Float64Array.from(w), batch.x, batch.y, given[0]);
    const found = stepped({}, { masks: given });
    const g = gradientByHand(given[0]);
    expect(found.loss).toBeCloseTo(loss, 5);
    expectClose(
      found.w.subarray(0, trained),
      w.subarray(0, trained).map((value, k) => value - 0.3 * g[k]!),
    );
    expectClose(
      found.w.subarray(trained),
      w.subarray(trained).map((value, k) => 0.9 * value + 0.1 * statistics[k]!),
    );
  });

  it('takes momentum, weight decay and a bound on the gradient to the trained part alone', () => {
    const g = gradientByHand(masks[0]);
    const clipNorm = norm(g) / 2;
    const found = stepped({ momentum: 0.9, weightDecay: 0.05, clipNorm });
    const velocity = g.map((value, k) => 0.9 * 0.01 + value / 2 + 0.05 * w[k]!);
    expectClose(found.slots[0]!, velocity);
    expectClose(
      found.w.subarray(0, trained),
      w.subarray(0, trained).map((value, k) => value - 0.3 * velocity[k]!),
    );
    expectClose(found.w.subarray(trained), stepped({}).w.subarray(trained));
  });

  it('leaves a gradient that is shorter than the bound as it is', () => {
    expectClose(stepped({ clipNorm: 1e3 }).w, stepped({}).w);
  });

  it.each(['adam', 'adadelta'] as const)('keeps slots of the trained part by %s', (optimiser) => {
    const { slots } = stepped({ optimiser });
    expect(slots.map(({ length }) => length)).toEqual([trained, trained]);
  });

  it('gathers resident rows to the same', () => {
    expectClose(stepped({}, { batch: { indices, rows: undefined } }).w, stepped({}).w);
  });

  it('too large for memory is taken in rounds, of which each has its own statistics', () => {
    // As few rows a round as share statistics, 8: 6 and 5 of 11.
    const model = { ...normalisedModel, activations: 2 ** 26 };
    const indices = Int32Array.of(3, 0, 11, 7, 5, 2, 8, 1, 9, 10, 4);
    const batch = data.gather(indices);
    const masks = keepMasks(normalisedModel.training!.dropout, batch.count, 1, 0);
    const width = 5;
    const parts = [
      [0, 6],
      [6, 11],
    ].map(([from, to]) => ({
      rows: rowsBetween(batch, from!, to!),
      mask: masks[0]!.subarray(from! * width, to! * width),
    }));
    const mean = (of: (part: (typeof parts)[number]) => number): number =>
      parts.reduce((sum, each) => sum + (of(each) * each.rows.count) / batch.count, 0);
    const lossAt = (v: Float64Array): number => mean(({ rows: { x, y }, mask }) => normalisedLoss(v, x, y, mask).loss);
    const at = Float64Array.from(w);
    const g = centralDifferences(lossAt);
    const found = stepped({}, { batch: { indices, rows: batch }, masks }, model);
    expect(found.loss).toBeCloseTo(lossAt(at), 5);
    expectClose(
      found.w.subarray(0, trained),
      w.subarray(0, trained).map((value, k) => value - 0.3 * g[k]!),
    );
    const statistics = Array.from(w.subarray(trained), (_, k) =>
      mean(({ rows: { x, y }, mask }) => normalisedLoss(at, x, y, mask).statistics[k]!),
    );
    expectClose(
      found.w.subarray(trained),
      w.subarray(trained).map((value, k) => 0.9 * value + 0.1 * statistics[k]!),
    );
    expectClose(stepped({}, { batch: { indices, rows: undefined }, masks }, model).w, found.w);
  });

  it('leaves no tensor behind', () => {
    data.resident();
    const all = Int32Array.from({ length: count }, (_, row) => row);
    const long = { batch: { indices: all, rows: undefined }, masks: [] };
    const before = liveTensors();
    stepped({ momentum: 0.9, clipNorm: 1 });
    stepped({ momentum: 0.9 }, long, { ...normalisedModel, activations: 2 ** 26 });
    expect(liveTensors()).toBe(before);
  });
});

it('a batch in pieces gives the step of the whole', () => {
  const whole = createModel('nn-gc', [6], 3);
  // So many activations that a round holds two rows.
  const inPieces = { ...whole, activations: 2 ** 25 };
  const many = { ...batch, features: 6, count: 4, x: rows.x.slice(0, 24), y: rows.y.slice(0, 4) };
  const [first, second] = [whole, inPieces].map((model) => {
    const step = minibatchStep(settings({}), model);
    const input = { indices: Int32Array.of(0, 1, 2, 3), rows: many };
    const w0 = whole.initialise(randomStream(1, 'pieces'));
    const found = step.run({ batch: input, masks: [], learningRate: 1, count: 1, w: w0, slots: [] }, undefined);
    step.dispose();
    return found;
  });
  expect(second!.loss).toBeCloseTo(first!.loss, 6);
  expectClose(second!.w, first!.w);
});
