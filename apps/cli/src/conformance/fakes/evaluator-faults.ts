/** Evaluators that are wrong in one way each. */
import type {
  EvaluatorServiceDescribeResponse,
  LossGradientRequest,
  LossGradientResponse,
  ReachabilityRequest,
  ReachabilityResponse,
  Score,
  ScoreRequest,
  ScoreResponse,
  ThresholdResponse,
  VerifyPoisonRequest,
  VerifyPoisonResponse,
} from '@theriac/contract/evaluator';
import { answers, requests } from './altered';
import type { Alteration } from './altered';
import { changed } from './changed';
import { nameless, tensorFaults } from './faults';
import type { Fault } from './faults';

const scores = (change: (score: Score, k: number, request: ScoreRequest) => Partial<Score>): Alteration =>
  answers<ScoreResponse, ScoreRequest>('score', (answer, request) => ({
    ...answer,
    scores: answer.scores.map((score, k) => ({ ...score, ...change(score, k, request) })),
  }));
const thresholds = (change: (found: ThresholdResponse) => Partial<ThresholdResponse>): Alteration =>
  answers<ThresholdResponse>('threshold', (found) => ({ ...found, ...change(found) }));
const lossGradients = (change: (found: LossGradientResponse) => Partial<LossGradientResponse>): Alteration =>
  answers<LossGradientResponse>('lossGradient', (found) => ({ ...found, ...change(found) }));
const verdicts = (change: (found: VerifyPoisonResponse) => Partial<VerifyPoisonResponse>): Alteration =>
  answers<VerifyPoisonResponse>('verifyPoison', (found) => ({ ...found, ...change(found) }));
const blindTo = (rule: string): Alteration =>
  verdicts(({ violations }) => ({ violations: violations.filter((violation) => !violation.rule.includes(rule)) }));

export const evaluatorFaults: readonly Fault[] = [
  ...tensorFaults('threshold', 'parameters'),
  [
    'a name twice',
    'describe.lists',
    answers<EvaluatorServiceDescribeResponse>('describe', (about) => ({ ...about, datasets: ['a', 'b', 'a'] })),
  ],
  ['an accuracy beside the confusion', 'score.figures', scores(({ accuracy }) => ({ accuracy: accuracy + 0.01 }))],
  ['a loss in bits', 'score.known-models', scores(({ loss }) => ({ loss: loss / Math.LN2 }))],
  ['models that get the score of the first', 'score.many', firstForAll()],
  [
    'certificates that promise too much',
    'score.ensemble',
    scores(({ certificates }) => ({
      certificates: certificates && { ...certificates, data: Buffer.alloc(certificates.data.length, 1) },
    })),
  ],
  [
    'the share that a signal misses',
    'score.signals',
    scores(({ success }) => ({ success: success.map((share) => 1 - share) })),
  ],
  [
    'an ensemble that is filled up',
    'score.refusals',
    requests<ScoreRequest>('score', (request) => ({ ...request, members: undefined })),
  ],
  [
    'a gradient that is 2% too short',
    'loss-gradient.differences',
    lossGradients(({ gradient }) => ({ gradient: changed(gradient, (value) => 0.98 * value) })),
  ],
  [
    'the loss of other rows',
    'loss-gradient.closed-form',
    requests<LossGradientRequest>('lossGradient', (request) => ({
      ...request,
      game: request.game && { ...request.game, validationCount: 2 * request.game.validationCount },
    })),
  ],
  [
    'tau without the constant',
    'threshold.identity',
    thresholds(({ innerProduct }) => ({ tau: Math.max(0, innerProduct) })),
  ],
  [
    'entropies that are not those of the rows',
    'threshold.closed-form',
    thresholds(({ crossEntropy, entropy }) => ({ crossEntropy: crossEntropy + 0.1, entropy: entropy + 0.1 })),
  ],
  [
    'rows that replace as if they were added',
    'reachability.closed-form',
    requests<ReachabilityRequest>('reachability', (request) => ({
      ...request,
      poison: request.poison && { ...request.poison, placement: 1 },
    })),
  ],
  [
    'a bound above the norm',
    'reachability.closed-form',
    answers<ReachabilityResponse>('reachability', (found) => ({ ...found, lowerBound: 2 * found.norm })),
  ],
  ['refusals that name no field', 'judgement.refusals', nameless('threshold')],
  [
    'norms in stored units',
    'verify.allowed',
    verdicts(({ rowNorms }) => ({ rowNorms: rowNorms && { ...rowNorms, median: rowNorms.median / 3 } })),
  ],
  ['a count that is not looked at', 'verify.count', blindTo('count')],
  ['a box that is not looked at', 'verify.box', blindTo('box')],
  [
    'half an excess',
    'verify.box',
    verdicts(({ violations }) => ({ violations: violations.map((each) => ({ ...each, worst: each.worst / 2 })) })),
  ],
  ['a ball that is not looked at', 'verify.ball', blindTo('ball')],
  [
    'labels that are not looked at',
    'verify.labels',
    requests<VerifyPoisonRequest>('verifyPoison', (request) => ({
      ...request,
      constraint: request.constraint && { ...request.constraint, fixedLabels: false },
    })),
  ],
  ['rows that may be replaced twice', 'verify.placement', blindTo('placement')],
  ['refusals of poison that name no field', 'verify.refusals', nameless('verifyPoison')],
];

function firstForAll(): Alteration {
  return answers<ScoreResponse>('score', (answer) => ({
    ...answer,
    scores: answer.scores.map((score) => ({
      ...score,
      loss: answer.scores[0]!.loss,
      accuracy: answer.scores[0]!.accuracy,
    })),
  }));
}
