/** Trainers that are wrong in one way each. */
import { Distribution } from '@theriac/contract/trainer';
import type {
  DescendRequest,
  GradientRequest,
  GradientResponse,
  HessianVectorProductResponse,
  InverseHessianVectorProductRequest,
  InverseHessianVectorProductResponse,
  OpenSessionRequest,
  OpenSessionResponse,
  PoisonVectorProductRequest,
  PoisonVectorProductResponse,
  TrainOutcome,
  TrainRequest,
  TrainResponse,
  TrainerServiceDescribeResponse,
  UpdatePoisonRequest,
} from '@theriac/contract/trainer';
import { answers, both, requests, wrapped } from './altered';
import type { Alteration } from './altered';
import { changed } from './changed';
import { nameless, otherStatus, tensorFaults } from './faults';
import type { Fault } from './faults';
import { deaf, slowToSay, withoutProgress } from './slice-faults';

type About = TrainerServiceDescribeResponse;
const about = (change: (about: About) => Partial<About>): Alteration =>
  answers<About>('describe', (found) => ({ ...found, ...change(found) }));

type End = Extract<NonNullable<TrainResponse['event']>, { $case: 'end' }>['value'];
const ends = (change: (end: End, request: TrainRequest) => Partial<End>): Alteration =>
  answers<TrainResponse, TrainRequest>('train', ({ event }, request) =>
    event?.$case === 'end'
      ? { event: { $case: 'end', value: { ...event.value, ...change(event.value, request) } } }
      : { event },
  );
const outcomes = (change: (outcome: TrainOutcome, request: TrainRequest) => Partial<TrainOutcome>): Alteration =>
  ends(({ outcome }, request) => ({ outcome: outcome && { ...outcome, ...change(outcome, request) } }));

const trainRequests = (change: (request: TrainRequest) => Partial<TrainRequest>): Alteration =>
  requests<TrainRequest>('train', (request) => ({ ...request, ...change(request) }));

/** Everything of a session on other data: consistent, but not what was asked for. */
const otherScaling = requests<OpenSessionRequest>('openSession', (request) => ({
  ...request,
  game: request.game && { ...request.game, scaling: 3 },
}));

export const trainingFaults: readonly Fault[] = [
  ['a name twice', 'describe.lists', about(({ protocols }) => ({ protocols: [...protocols, ...protocols] }))],
  [
    'checkpoints that stand still',
    'train.slices',
    ends(({ checkpoint }) => ({
      checkpoint: checkpoint && { ...checkpoint, step: checkpoint.done ? checkpoint.of : 1 },
    })),
  ],
  ['a draw that no seed decides', 'train.replay', drawnAnew()],
  [
    'a resumption that is not exact',
    'train.resume',
    outcomes(({ loss }, { resumeFrom }) => ({ loss: resumeFrom === undefined ? loss : loss + 1e-9 })),
  ],
  ['a foreign state called a wrong argument', 'train.foreign-state', otherStatus('train', 'INVALID_ARGUMENT')],
  ['no progress', 'train.budget', withoutProgress('train')],
  ['a Describe that waits', 'train.busy', slowToSay],
  ['work that goes on after its call', 'train.cancel', deaf('train')],
  [
    'a layout with a gap',
    'train.outcome',
    outcomes(({ layout }) => ({ layout: layout.map((view, k) => ({ ...view, offset: view.offset + k })) })),
  ],
  ['nothing learnt', 'train.learns', outcomes(() => ({ loss: 5 }))],
  ['poison that is not looked at', 'train.poison', trainRequests(() => ({ poison: undefined }))],
  [
    'a protocol that is not there',
    'train.protocols',
    about(({ protocols }) => ({ protocols: [...protocols, { id: 'p-gone', summary: '', source: '' }] })),
  ],
  [
    'removed rows out of order',
    'train.sanitisers',
    outcomes(({ removed }) => ({ removed: changed(removed, (_, k) => 5 - k) })),
  ],
  ['a seed without its sign', 'train.refusals', trainRequests(({ seed }) => ({ seed: Math.abs(seed) }))],
  ['refusals that name no field', 'train.poison-refusals', nameless('train')],
];

const gradients = (
  change: (answer: GradientResponse, request: GradientRequest) => Partial<GradientResponse>,
): Alteration =>
  answers<GradientResponse, GradientRequest>('gradient', (answer, request) => ({
    ...answer,
    ...change(answer, request),
  }));
const gradientRequests = (change: (request: GradientRequest) => Partial<GradientRequest>): Alteration =>
  requests<GradientRequest>('gradient', (request) => ({ ...request, ...change(request) }));
const products = <R extends { readonly product: HessianVectorProductResponse['product'] }>(
  method: string,
  change: Parameters<typeof changed>[1],
): Alteration => answers<R>(method, (answer) => ({ ...answer, product: changed(answer.product, change) }));
const hessian = (change: Parameters<typeof changed>[1]): Alteration =>
  products<HessianVectorProductResponse>('hessianVectorProduct', change);
const inverses = (
  change: (request: InverseHessianVectorProductRequest) => Partial<InverseHessianVectorProductRequest>,
): Alteration =>
  requests<InverseHessianVectorProductRequest>('inverseHessianVectorProduct', (request) => ({
    ...request,
    ...change(request),
  }));
const descents = (change: (request: DescendRequest) => Partial<DescendRequest>): Alteration =>
  requests<DescendRequest>('descend', (request) => ({ ...request, ...change(request) }));

export const sessionFaults: readonly Fault[] = [
  ...tensorFaults('openSession', 'parameters'),
  ['calls that get the answer of another', 'sessions.at-once', mixedUp()],
  [
    'one clean row too many',
    'sessions.open',
    answers<OpenSessionResponse>('openSession', (opened) => ({ ...opened, cleanCount: opened.cleanCount + 1 })),
  ],
  ['sessions that stay open', 'sessions.close', wrapped('closeSession', () => async () => ({}))],
  [
    'leases that never end',
    'sessions.lease',
    both(
      requests<OpenSessionRequest>('openSession', (request) => ({ ...request, leaseSeconds: 0 })),
      answers<OpenSessionResponse, OpenSessionRequest>('openSession', (opened, { leaseSeconds }) => ({
        ...opened,
        leaseSeconds,
      })),
    ),
  ],
  [
    'more sessions than it says',
    'sessions.limit',
    about(({ limits }) => ({ limits: limits && { ...limits, sessions: limits.sessions - 2 } })),
  ],
  ['poison that stays as it was', 'sessions.apart', keptPoison()],
  [
    'clean rows where none are named',
    'sessions.refusals',
    gradientRequests(({ distribution }) => ({
      distribution: distribution === Distribution.UNSPECIFIED ? Distribution.CLEAN : distribution,
    })),
  ],
  [
    'a gradient that is 2% too long',
    'gradient.differences',
    gradients(({ gradient, norm }) => ({ gradient: changed(gradient, (value) => 1.02 * value), norm: 1.02 * norm })),
  ],
  ['rows in other units', 'gradient.closed-form', otherScaling],
  [
    'a mixture of clean rows only',
    'gradient.mixture',
    gradientRequests(({ distribution }) => ({
      distribution: distribution === Distribution.MIXTURE ? Distribution.CLEAN : distribution,
    })),
  ],
  ['ranges that are ignored', 'gradient.rows', gradientRequests(() => ({ cleanRows: undefined }))],
  ['a Hessian that is 2% too large', 'hessian.differences', hessian((value) => 1.02 * value)],
  ['something added to every product', 'hessian.linear', hessian((value) => value + 0.01)],
  ['a Hessian that is not symmetric', 'hessian.symmetric', hessian((value, k) => (k === 0 ? 1.5 * value : value))],
  ['products over rows in other units', 'hessian.closed-form', otherScaling],
  [
    'a mixed product in other units',
    'mixed.differences',
    products<PoisonVectorProductResponse>('poisonVectorProduct', (value) => 0.95 * value),
  ],
  [
    'a mean over all rows where some are asked for',
    'mixed.rows',
    answers<PoisonVectorProductResponse, PoisonVectorProductRequest>(
      'poisonVectorProduct',
      ({ product }, { poisonRows }) => ({
        product: poisonRows === undefined ? product : changed(product, (value) => value / 5),
      }),
    ),
  ],
  [
    'a mixed product of the other sign',
    'mixed.closed-form',
    products<PoisonVectorProductResponse>('poisonVectorProduct', (value) => -value),
  ],
  [
    'a solution that is too short',
    'inverse.residual',
    answers<InverseHessianVectorProductResponse>('inverseHessianVectorProduct', (answer) => ({
      ...answer,
      product: changed(answer.product, (value) => 0.9 * value),
    })),
  ],
  [
    'a solution of something else',
    'inverse.normal-equations',
    products<InverseHessianVectorProductResponse>('inverseHessianVectorProduct', (value, k) =>
      k % 2 === 0 ? value : 0,
    ),
  ],
  ['a damping without its sign', 'inverse.refusals', inverses(({ damping }) => ({ damping: Math.abs(damping) }))],
  ['steps of double length', 'descend.steps', descents(({ learningRate }) => ({ learningRate: 2 * learningRate }))],
  ['one step where none is asked for', 'descend.refusals', descents(({ steps }) => ({ steps: Math.max(1, steps) }))],
  [
    'an oracle that Describe does not name',
    'oracles.absent',
    about(({ oracles }) => ({ oracles: oracles.filter((name) => name !== 'Descend') })),
  ],
];

function drawnAnew(): Alteration {
  let calls = 0;
  return trainRequests(({ seed, resumeFrom }) => ({ seed: resumeFrom === undefined ? seed + calls++ : seed }));
}

function keptPoison(): Alteration {
  return wrapped('updatePoison', () => async (request) => {
    const rows = (request as UpdatePoisonRequest).poison?.rows;
    const y = rows?.source?.$case === 'inline' ? rows.source.value.tensors.find(({ name }) => name === 'y') : undefined;
    return { poisonCount: y?.shape[0] ?? 0 };
  });
}

/** Calls that come together share an answer. */
function mixedUp(): Alteration {
  return wrapped('gradient', (handler) => {
    let under: Promise<unknown> | undefined;
    return (request, context) => {
      if (under !== undefined) return under;
      under = Promise.resolve(handler(request, context)).finally(() => setImmediate(() => (under = undefined)));
      return under;
    };
  });
}
