/**
 * Three services that play by the contract and compute next to nothing: their answers are hashes of what they were asked, so
 * that anything lost or mixed up on the way changes the result. For tests of the driver.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttackerServiceService } from '@theriac/contract/attacker';
import { EvaluatorServiceService } from '@theriac/contract/evaluator';
import { TrainerServiceService } from '@theriac/contract/trainer';
import type { TrainRequest } from '@theriac/contract/trainer';
import type { CraftRequest } from '@theriac/contract/attacker';
import { contractVersion, sha256Hex } from '@theriac/game';
import { implement, readBundle, requireTensor, serve, writeBundle } from '@theriac/service-kit';
import type { BlobStore, CallContext, ImplementedService } from '@theriac/service-kit';
import {
  decodeSafetensors,
  encodeSafetensors,
  invalid,
  namedFloat32,
  namedInt32,
  randomStream,
  TheriacError,
} from '@theriac/tensors';
import { connectPlayers } from '../driver/connect-players';
import type { Players, Role } from '../driver/players';

export interface FakePlayers {
  readonly players: Players;
  readonly addresses: Readonly<Record<Role, string>>;
  /** Methods called so far, for example "Train clean p-gc 1". */
  readonly calls: string[];
  close(): Promise<void>;
}

export interface FakeBehaviour {
  /** Called before every slice; what it throws fails the call. */
  readonly before?: (what: string) => void;
  /** Protocols under which training leaves the finite numbers. */
  readonly diverges?: readonly string[];
  /** Steps of a training and steps in a slice. */
  readonly steps?: number;
  readonly stepsPerSlice?: number;
}

export const fakeSize = 4;
const features = 3;
const cleanCount = 100;
const backend = {
  name: 'fake',
  device: 'cpu',
  version: '1',
  threads: 1,
  secondOrder: true,
  compiles: false,
  selfCheckError: 0,
};

/** Serves the three fakes on Unix sockets. The caller closes. */
export async function startFakePlayers(behaviour: FakeBehaviour = {}): Promise<FakePlayers> {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-fakes-'));
  const calls: string[] = [];
  const note = (what: string): void => {
    calls.push(what);
    behaviour.before?.(what);
  };
  const services = await Promise.all(
    [
      { role: 'trainer', service: fakeTrainer(note, behaviour) },
      { role: 'attacker', service: fakeAttacker(note, behaviour) },
      { role: 'evaluator', service: fakeEvaluator(note) },
    ].map(({ role, service }) => serve({ role, listen: `unix:${join(folder, role)}`, implement: () => [service] })),
  );
  const addressOf = (role: Role): string => `unix:${join(folder, role)}`;
  const addresses = {
    trainer: addressOf('trainer'),
    attacker: addressOf('attacker'),
    evaluator: addressOf('evaluator'),
  };
  const players = connectPlayers(addresses, { attempts: 1 });
  return {
    players,
    addresses,
    calls,
    async close() {
      players.close();
      await Promise.all(services.map((service) => service.drain(0)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function hashed(length: number, ...path: (string | number)[]): Float32Array {
  const values = new Float32Array(length);
  randomStream(0, ...path).fillUniform(values, -1, 1);
  return values;
}

/** Steps of a job with a running hash as state. */
async function slice(
  { blobs }: CallContext,
  resumeFrom: TrainRequest['resumeFrom'],
  job: string,
  { steps = 5, stepsPerSlice = 2 }: FakeBehaviour,
) {
  let [step, hash] = [0, sha256Hex(job)];
  if (resumeFrom !== undefined) {
    const { metadata } = decodeSafetensors(await blobs.get(resumeFrom, 'resume_from'));
    if (metadata['job'] !== sha256Hex(job)) throw invalid('resume_from', 'a state of another job', sha256Hex(job));
    [step, hash] = [Number(metadata['step']), metadata['hash'] ?? ''];
  }
  const end = Math.min(steps, step + stepsPerSlice);
  for (; step < end; step++) hash = sha256Hex(hash + String(step));
  const state = encodeSafetensors([], { job: sha256Hex(job), step: String(step), hash });
  const checkpoint = { state: await blobs.put(state), step, of: steps, done: step === steps };
  return { checkpoint, hash };
}

async function rowsOf(poison: TrainRequest['poison'], blobs: BlobStore): Promise<string> {
  if (poison?.rows === undefined) return 'clean';
  return sha256Hex(
    Buffer.concat([...(await readBundle(poison.rows, blobs, 'poison')).values()].map(({ bytes }) => bytes)),
  );
}

const progress = (step: number, of: number) =>
  ({ event: { $case: 'progress', value: { step, of, seconds: 0, metrics: { loss: 1 } } } }) as const;
const limits = {
  messageBytes: 1,
  blobBytes: 1,
  rank: 8,
  sessions: 1,
  sessionLeaseSeconds: 1,
  sliceSeconds: 1,
};
const absent = (): never => {
  throw new TheriacError('the fake does not play this', { code: 'FAILED_PRECONDITION' });
};

function fakeTrainer(note: (what: string) => void, behaviour: FakeBehaviour): ImplementedService {
  return implement(TrainerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      models: [{ id: 'lr', summary: '', source: '' }],
      protocols: ['p-gc', 'stable-sgd', 'converged', 'p-gradpc'].map((id) => ({ id, summary: '', source: '' })),
      defences: [],
      datasets: ['mnist', 'gaussians'],
      oracles: [],
      backend,
      limits,
    }),
    async *train(request, context) {
      const rows = await rowsOf(request.poison, context.blobs);
      note(`Train ${rows === 'clean' ? 'clean' : 'poisoned'} ${request.protocol} ${request.seed}`);
      if (behaviour.diverges?.includes(request.protocol) === true && rows !== 'clean')
        throw new TheriacError('training diverged at step 3', { code: 'ABORTED', field: 'protocol' });
      const job = `${JSON.stringify(request.game)}${request.protocol}${request.seed}${rows}`;
      const { checkpoint, hash } = await slice(context, request.resumeFrom, job, behaviour);
      yield progress(checkpoint.step, checkpoint.of);
      const kept = request.protocol === 'converged' ? 1 : Math.min(3, request.keepEpochs);
      const all = hashed(kept * fakeSize, 'w', hash);
      const outcome = {
        parameters: await writeBundle([namedFloat32('parameters', [fakeSize], all.subarray(-fakeSize))], context.blobs),
        kept: await writeBundle([namedFloat32('parameters', [kept, fakeSize], all)], context.blobs),
        layout: [{ name: 'weight', shape: [fakeSize], offset: 0 }],
        loss: 1,
        gradientNorm: 0.5,
        stopped: 'epochs',
        seconds: 2,
      };
      yield { event: { $case: 'end', value: { checkpoint, outcome: checkpoint.done ? outcome : undefined } } };
    },
    openSession: absent,
    closeSession: absent,
    gradient: absent,
    hessianVectorProduct: absent,
    inverseHessianVectorProduct: absent,
    poisonVectorProduct: absent,
    descend: absent,
    updatePoison: absent,
  });
}

function fakeAttacker(note: (what: string) => void, behaviour: FakeBehaviour): ImplementedService {
  return implement(AttackerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      attacks: [
        {
          id: 'gradient-canceling',
          summary: 'a fake',
          source: '',
          needs: [],
          options: [
            {
              name: 'target',
              type: 'string',
              description: 'where to',
              unit: '',
              minimum: undefined,
              maximum: undefined,
              choices: ['gradpc', 'reversed'],
              defaultValue: { value: { $case: 'text', value: 'gradpc' } },
            },
          ],
        },
      ],
      constraints: [],
      backend,
      limits,
    }),
    async *craft(request, context) {
      note('Craft');
      const { checkpoint, hash } = await slice(
        context,
        request.resumeFrom,
        await jobOf(request, context.blobs),
        behaviour,
      );
      yield progress(checkpoint.step, checkpoint.of);
      const count =
        request.poisonFraction?.amount?.$case === 'ratio'
          ? Math.floor(request.poisonFraction.amount.value * cleanCount + 1e-9)
          : 0;
      const rows = [
        namedFloat32('x', [count, features], hashed(count * features, 'x', hash)),
        namedInt32(
          'y',
          [count],
          Int32Array.from({ length: count }, (_, row) => row % 2),
        ),
        namedInt32(
          'base',
          [count],
          Int32Array.from({ length: count }, (_, row) => row),
        ),
      ];
      const outcome = {
        poison: { rows: await writeBundle(rows, context.blobs) },
        poisonCount: count,
        target: {
          kind: 'reversed',
          scale: 0.5,
          parameters: await writeBundle(
            [namedFloat32('parameters', [fakeSize], hashed(fakeSize, 't', hash))],
            context.blobs,
          ),
        },
        residual: { before: 2, after: 1 },
        flags: [],
        seconds: 3,
        metrics: { residual: 1 },
      };
      yield { event: { $case: 'end', value: { checkpoint, outcome: checkpoint.done ? outcome : undefined } } };
    },
    corrupt: absent,
  });
}

async function jobOf(request: CraftRequest, blobs: BlobStore): Promise<string> {
  const clean = await readBundle(request.cleanParameters, blobs, 'clean_parameters');
  const bytes = [...clean.values()].map((array) => sha256Hex(array.bytes));
  const { game, attack, options, poisonFraction, constraint, seed } = request;
  return JSON.stringify({ game, attack, options, poisonFraction, constraint, seed, bytes });
}

function fakeEvaluator(note: (what: string) => void): ImplementedService {
  const parametersOf = async (
    request: { parameters: TrainRequest['resumeFrom'] | unknown },
    { blobs }: CallContext,
  ) => {
    const bundle = request.parameters as Parameters<typeof readBundle>[0];
    const arrays = await readBundle(bundle, blobs, 'parameters');
    return requireTensor(arrays, 'parameters', {}, 'parameters');
  };
  return implement(EvaluatorServiceService, {
    describe: async () => ({ contract: contractVersion, datasets: ['mnist', 'gaussians'], backend, limits }),
    async score(request, context) {
      note('Score');
      const tensor = await parametersOf(request, context);
      const { shape } = tensor;
      const data = tensor.float32();
      const models = shape.length === 2 ? (shape[0] ?? 0) : 1;
      const scores = Array.from({ length: models }, (_, model) => {
        const value = Math.abs(data[model * fakeSize] ?? 0);
        return {
          loss: value,
          accuracy: value,
          perClass: [value, value],
          confusion:
            model === models - 1
              ? {
                  name: 'confusion',
                  dataType: 5,
                  shape: [2, 2],
                  data: Buffer.from(Int32Array.from([5, 1, 2, 4]).buffer),
                }
              : undefined,
        };
      });
      return { scores, testCount: 12 };
    },
    async threshold(request, context) {
      note('Threshold');
      const data = (await parametersOf(request, context)).float32();
      const tau = Math.abs(data[0] ?? 0);
      return { tau, innerProduct: 1, constant: 1.1, crossEntropy: 2, entropy: 1, gradientInnerProduct: 1 };
    },
    async reachability(_, __) {
      note('Reachability');
      return { norm: 1, cleanNorm: 2, epsilonD: 0.03, lowerBound: 0.25 };
    },
    async verifyPoison(request, { blobs }) {
      note('VerifyPoison');
      const rows = await readBundle(request.poison?.rows, blobs, 'poison');
      const count = rows.get('x')?.shape[0] ?? 0;
      return { count, allowedCount: count, violations: [], rowNorms: { median: 10, max: 20, cleanMedian: 5 } };
    },
    lossGradient: absent,
  });
}
