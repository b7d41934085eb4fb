/** The evaluator over a real gRPC connection in one process. */
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import type { ScoreRequest } from '@theriac/contract/evaluator';
import type { GameSpec, PoisonFraction } from '@theriac/contract/game';
import { callUnary, connect } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import { floatTensor, inlineBundle, poisonOf } from '@theriac/testing';
import { startEvaluator } from './start';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 70, model: 'lr', scaling: 1 };
const w = [0.3, -0.2, 0.1, 0.4, 0, 0.5];
const parameters = inlineBundle(floatTensor('parameters', w));
const ratio = (value: number): PoisonFraction => ({ amount: { $case: 'ratio', value } });

let service: RunningService;
let client: EvaluatorServiceClient;

beforeAll(async () => {
  service = await startEvaluator({ listen: '127.0.0.1:0', compute: 'inline', threads: 1 });
  client = connect(EvaluatorServiceClient, service.address);
});

afterAll(async () => {
  client.close();
  await service.drain(0);
});

describe('the evaluator over gRPC', () => {
  it('says what it offers', async () => {
    const found = await callUnary(client, 'describe', {});
    expect(found.contract).toBe('theriac.v1');
    expect(found.datasets).toContain('mnist');
  });

  it('scores several models in one call as it scores them one by one', async () => {
    const both = floatTensor('parameters', [...w, ...w.map((value) => -value)], { shape: [2, 6] });
    const together = await callUnary(client, 'score', { game, parameters: inlineBundle(both) });
    expect(together.testCount).toBe(330);
    expect(together.scores.map(({ confusion }) => confusion !== undefined)).toEqual([false, true]);
    const alone = await callUnary(client, 'score', { game, parameters });
    expect(together.scores[0]?.accuracy).toBe(alone.scores[0]?.accuracy);
    expect((together.scores[0]?.accuracy ?? 0) + (together.scores[1]?.accuracy ?? 0)).toBeCloseTo(1, 10);
  });

  it('lets models vote, with a certificate for every row', async () => {
    const three = floatTensor('parameters', [...w, ...w, ...w.map((value) => -value)], { shape: [3, 6] });
    const request = { game, parameters: inlineBundle(three) };
    const found = await callUnary(client, 'score', { ...request, members: 3 });
    const alone = await callUnary(client, 'score', { game, parameters });
    expect(found.scores).toHaveLength(1);
    expect(found.scores[0]?.accuracy).toBe(alone.scores[0]?.accuracy);
    const { shape, data } = found.scores[0]!.certificates!;
    expect(shape).toEqual([330]);
    const certificates = Array.from({ length: 330 }, (_, row) => data.readInt32LE(4 * row));
    // Two against one: nobody may change their mind.
    expect(certificates.filter((value) => value === 0)).toHaveLength(Math.round(330 * alone.scores[0]!.accuracy));
    expect(new Set(certificates)).toEqual(new Set([-1, 0]));
    expect(alone.scores[0]!.certificates).toBeUndefined();
    await expect(callUnary(client, 'score', { ...request, members: 2 })).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'members' },
    });
  });

  it('gives the loss gradient on validation data, and says when there is none', async () => {
    const { loss } = await callUnary(client, 'lossGradient', { game, parameters });
    expect(loss).toBeGreaterThan(0);
    const none = { game: { ...game, validationCount: 0 }, parameters };
    await expect(callUnary(client, 'lossGradient', none)).rejects.toMatchObject({
      detail: { code: 'FAILED_PRECONDITION', field: 'game.validation_count' },
    });
  });

  it('measures thresholds and reachability', async () => {
    const threshold = await callUnary(client, 'threshold', { game, parameters });
    expect(threshold.gradientInnerProduct).toBeCloseTo(threshold.innerProduct, 4);
    const poison = poisonOf([1, 2], [0]);
    const { norm, lowerBound, epsilonD } = await callUnary(client, 'reachability', { game, parameters, poison });
    expect(epsilonD).toBeCloseTo(1 / 600, 12);
    expect(norm).toBeGreaterThanOrEqual(lowerBound);
  });

  it('verifies poison', async () => {
    const request = {
      game,
      poison: poisonOf([1, 2, 3, 4], [0, 1]),
      constraint: undefined,
      poisonFraction: ratio(0.005),
    };
    const found = await callUnary(client, 'verifyPoison', request);
    expect(found).toMatchObject({ count: 2, allowedCount: 3 });
    expect(found.violations.map(({ rule }) => rule)).toEqual(['count']);
  });
});

describe('bad input gets a status that names the field', () => {
  it.each<[string, Partial<ScoreRequest>, string, string]>([
    ['no game', { game: undefined }, 'INVALID_ARGUMENT', 'game'],
    ['no parameters', { parameters: undefined }, 'INVALID_ARGUMENT', 'parameters'],
    [
      'parameters of another model',
      { parameters: inlineBundle(floatTensor('parameters', [1])) },
      'INVALID_ARGUMENT',
      'parameters',
    ],
    [
      'infinite parameters',
      { parameters: inlineBundle(floatTensor('parameters', [Infinity, 1, 1, 1, 1, 1])) },
      'INVALID_ARGUMENT',
      'parameters',
    ],
    ['an unknown data set', { game: { ...game, dataset: 'iris' } }, 'INVALID_ARGUMENT', 'data'],
    ['a scaling that the data do not allow', { game: { ...game, scaling: 2 } }, 'INVALID_ARGUMENT', 'scaling'],
  ])('scoring: %s', async (_, change, code, field) => {
    await expect(callUnary(client, 'score', { game, parameters, ...change })).rejects.toMatchObject({
      detail: { code, field: expect.stringContaining(field) as string },
    });
  });

  it.each([
    ['no fraction', undefined],
    ['a negative fraction', ratio(-0.1)],
    ['NaN', ratio(NaN)],
  ])('verification: %s', async (_, poisonFraction) => {
    const request = { game, poison: poisonOf([1, 2], [0]), constraint: undefined, poisonFraction };
    await expect(callUnary(client, 'verifyPoison', request)).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT' },
    });
  });
});
