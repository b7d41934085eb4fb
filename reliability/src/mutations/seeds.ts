/** Valid messages of every method of a service: what is mutated. */
import { AttackerServiceService, CraftRequest, CorruptRequest, FollowerKind } from '@theriac/contract/attacker';
import {
  EvaluatorServiceService,
  LossGradientRequest,
  ReachabilityRequest,
  ScoreRequest,
  ThresholdRequest,
  VerifyPoisonRequest,
} from '@theriac/contract/evaluator';
import { BlobsServiceService, FindRequest, GetRequest, PutRequest } from '@theriac/contract/tensor';
import {
  CloseSessionRequest,
  DescendRequest,
  Distribution,
  GradientRequest,
  HessianVectorProductRequest,
  InverseHessianVectorProductRequest,
  OpenSessionRequest,
  PoisonVectorProductRequest,
  Solver,
  TrainerServiceService,
  TrainRequest,
  UpdateParametersRequest,
  UpdatePoisonRequest,
} from '@theriac/contract/trainer';
import { createHash } from 'node:crypto';
import type { Role } from '../frame/service-process';
import { tinyGameSpec as game, tinyPoison as poison, tinyVector } from '../wire/tiny-game';

/** The messages of one call of a method. */
export interface Seed {
  readonly path: string;
  readonly messages: readonly Buffer[];
}

interface Method {
  readonly path: string;
}
interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
}

const seed = <T>({ path }: Method, codec: Codec<T>, ...messages: readonly T[]): Seed => ({
  path,
  messages: messages.map((message) => Buffer.from(codec.encode(message).finish())),
});
const describing = ({ path }: Method): Seed => ({ path, messages: [Buffer.alloc(0)] });

const content = Buffer.alloc(3000, 'theriac');
const ref = { sha256: createHash('sha256').update(content).digest(), size: content.length };
const blobs: readonly Seed[] = [
  seed(BlobsServiceService.find, FindRequest, { refs: [ref, ref] }),
  seed(BlobsServiceService.get, GetRequest, { ref, offset: 100 }),
  seed<PutRequest>(
    BlobsServiceService.put,
    PutRequest,
    { part: { $case: 'ref', value: ref } },
    { part: { $case: 'chunk', value: content.subarray(0, 1000) } },
    { part: { $case: 'chunk', value: content.subarray(1000) } },
  ),
];

const parameters = tinyVector('parameters');
const vector = tinyVector('vector');
const rows = { distribution: Distribution.MIXTURE, cleanRows: { from: 0, to: 40 }, poisonRows: undefined };

function trainerSeeds(sessionId: string): readonly Seed[] {
  const of = TrainerServiceService;
  const asked = { sessionId, ...rows };
  return [
    describing(of.describe),
    seed(of.train, TrainRequest, {
      game,
      poison,
      protocol: 'p-gc@1',
      seed: 1,
      defence: 'l2:share=0.1',
      resumeFrom: undefined,
      sliceSeconds: 0.05,
      keepEpochs: 1,
    }),
    seed(of.openSession, OpenSessionRequest, { game, parameters, poison, leaseSeconds: 0.5 }),
    seed(of.closeSession, CloseSessionRequest, { sessionId: 'a session' }),
    seed(of.gradient, GradientRequest, asked),
    seed(of.hessianVectorProduct, HessianVectorProductRequest, { ...asked, vector }),
    seed(of.inverseHessianVectorProduct, InverseHessianVectorProductRequest, {
      ...asked,
      vector,
      solver: Solver.CONJUGATE_GRADIENT,
      iterations: 2,
      damping: 1,
      tolerance: 0.1,
    }),
    seed(of.poisonVectorProduct, PoisonVectorProductRequest, { sessionId, vector, poisonRows: undefined }),
    seed(of.descend, DescendRequest, { ...asked, steps: 2, learningRate: 0.01 }),
    seed(of.updatePoison, UpdatePoisonRequest, { sessionId, poison }),
    seed(of.updateParameters, UpdateParametersRequest, { sessionId, parameters }),
  ];
}

function attackerSeeds(): readonly Seed[] {
  const of = AttackerServiceService;
  const common = { game, cleanParameters: parameters, seed: 1, resumeFrom: undefined, sliceSeconds: 0.05 };
  const crafted = (attack: string, options: CraftRequest['options']): CraftRequest => ({
    ...common,
    attack,
    options,
    poisonFraction: { amount: { $case: 'ratio', value: 0.05 } },
    constraint: { kind: 'none', radius: 0, fixedLabels: false },
    follower: FollowerKind.LOCAL,
  });
  return [
    describing(of.describe),
    seed(of.craft, CraftRequest, crafted('label-flip', {})),
    seed(of.craft, CraftRequest, crafted('gradient-canceling', { epochs: { value: { $case: 'number', value: 2 } } })),
    seed(of.corrupt, CorruptRequest, { ...common, epsilonW: 0.5 }),
  ];
}

function evaluatorSeeds(): readonly Seed[] {
  const of = EvaluatorServiceService;
  const fraction = { amount: { $case: 'ratio' as const, value: 0.05 } };
  return [
    describing(of.describe),
    seed(of.score, ScoreRequest, { game, parameters, signals: undefined, members: 1 }),
    seed(of.lossGradient, LossGradientRequest, { game, parameters }),
    seed(of.threshold, ThresholdRequest, { game, parameters }),
    seed(of.reachability, ReachabilityRequest, { game, parameters, poison }),
    seed(of.verifyPoison, VerifyPoisonRequest, {
      game,
      poison,
      constraint: { kind: 'sphere:quantile=0.9', radius: 0, fixedLabels: false },
      poisonFraction: fraction,
    }),
  ];
}

/** Of every method of a service and of its blobs; `sessionId` is an open session of the trainer. */
export function seedsOf(role: Role, sessionId: string): readonly Seed[] {
  if (role === 'trainer') return [...trainerSeeds(sessionId), ...blobs];
  return [...(role === 'attacker' ? attackerSeeds() : evaluatorSeeds()), ...blobs];
}
