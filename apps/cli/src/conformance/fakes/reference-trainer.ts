/** A trainer that keeps the contract and shares nothing with ours but the closed forms of softmax regression; for tests of the kit. */
import { distributions, solvers } from '@theriac/contract';
import type { GradientRequest, TrainerServiceDescribeResponse } from '@theriac/contract/trainer';
import { TrainerServiceService } from '@theriac/contract/trainer';
import {
  contractVersion,
  readProtocolName,
  regressionErrors,
  regressionGradient,
  regressionHessianVectorProduct,
  regressionLogits,
  regressionMixedProduct,
  rowsBetween,
  sha256Hex,
} from '@theriac/game';
import type { Rows } from '@theriac/game';
import { implement, writeBundle } from '@theriac/service-kit';
import type { BlobStore, ImplementedService } from '@theriac/service-kit';
import { dot, invalid, namedFloat32, namedInt32, randomStream, TheriacError } from '@theriac/tensors';
import { backend, boardOf, limits, mixtureOf, readPoison, readVector, slicesOf } from './reference-board';
import type { Board, Nu } from './reference-board';

interface Session {
  readonly board: Board;
  readonly leaseSeconds: number;
  w: Float32Array;
  nu: Nu | undefined;
  expires: number;
}

const oracles = ['Gradient', 'HessianVectorProduct', 'InverseHessianVectorProduct', 'PoisonVectorProduct', 'Descend'];

export function referenceTrainer(): ImplementedService {
  const sessions = new Map<string, Session>();
  const now = (): number => performance.now() / 1000;
  let opened = 0;
  // One slice after the other: work that is not stopped holds up what follows.
  let turn: Promise<void> = Promise.resolve();

  function session(id: string): Session {
    for (const [other, { expires }] of sessions) if (expires < now()) sessions.delete(other);
    const found = sessions.get(id);
    if (found === undefined)
      throw new TheriacError('no such session', { code: 'NOT_FOUND', field: 'session_id', found: id });
    found.expires = now() + found.leaseSeconds;
    return found;
  }

  return implement(TrainerServiceService, {
    describe: async (): Promise<TrainerServiceDescribeResponse> => ({
      contract: contractVersion,
      models: [{ id: 'lr', summary: 'softmax regression', source: '' }],
      protocols: [{ id: 'descent', summary: 'full-batch gradient descent', source: '' }],
      defences: [{ id: 'first', summary: 'leaves the first rows out', source: '' }],
      defenceSchemas: [{ id: 'first', kind: 'sanitiser', options: [] }],
      datasets: ['gaussians'],
      oracles,
      backend,
      limits,
    }),
    async *train(request, context) {
      const board = await boardOf(request.game);
      const nu = await readPoison(board, request.poison, context.blobs);
      const { id, epochs = 100 } = readProtocolName(request.protocol);
      if (id !== 'descent') throw invalid('protocol', request.protocol, 'descent');
      if (request.defence !== '' && request.defence !== 'first') throw invalid('defence', request.defence, 'first');
      if (request.seed < 0) throw invalid('seed', request.seed, '0 or more');
      if (request.keepEpochs > 100) throw invalid('keep_epochs', request.keepEpochs, '0 to 100');
      const chi = mixtureOf(board, nu);
      const removed = request.defence === 'first' ? [0, 3] : [];
      const { seed, keepEpochs, protocol, defence } = request;
      const poison = nu && sha256Hex(JSON.stringify([[...nu.x], [...nu.rows.y], nu.placement]));
      const start = new Float32Array(board.size * (keepEpochs + 1));
      const random = randomStream(seed, 'reference');
      for (let k = 0; k < board.size; k++) start[keepEpochs * board.size + k] = 0.01 * random.normal();
      const before = turn;
      let over = (): void => undefined;
      turn = new Promise((resolve) => (over = resolve));
      await before;
      try {
        yield* slicesOf(
          {
            fingerprint: JSON.stringify({ board: board.key, poison, seed, keepEpochs, protocol, defence }),
            of: epochs,
            start,
            // The last epochs move down as the next one comes.
            step(kept) {
              const w = kept.slice(-board.size);
              const next = stepped(w, regressionGradient(w, chi, board.classes).gradient, 0.3);
              return Float32Array.from([...kept.subarray(board.size), ...next]);
            },
            async outcome(all) {
              const w = all.slice(-board.size);
              const kept = all.slice(board.size);
              const { loss, gradient } = regressionGradient(w, chi, board.classes);
              return {
                parameters: await writeBundle([namedFloat32('parameters', [w.length], w)], context.blobs),
                kept: await writeBundle([namedFloat32('parameters', [keepEpochs, w.length], kept)], context.blobs),
                layout: layoutOf(board),
                loss,
                gradientNorm: norm(gradient),
                accuracy: accuracyOf(w, chi, board.classes),
                stopped: 'epochs',
                seconds: 1,
                rows: chi.count,
                removed: await writeBundle(
                  [namedInt32('removed', [removed.length], Int32Array.from(removed))],
                  context.blobs,
                ),
              };
            },
          },
          request,
          context,
        );
      } finally {
        over();
      }
    },
    async openSession({ game, parameters, poison, leaseSeconds: asked }, { blobs }) {
      const board = await boardOf(game);
      const w = await readVector(parameters, board.size, blobs, 'parameters');
      const nu = await readPoison(board, poison, blobs);
      const leaseSeconds = asked || limits.sessionLeaseSeconds;
      if (leaseSeconds > limits.sessionLeaseSeconds) throw invalid('lease_seconds', asked, 'at most 60');
      if (sessions.size >= limits.sessions)
        throw new TheriacError('too many', { code: 'RESOURCE_EXHAUSTED', field: 'sessions' });
      const sessionId = `session ${++opened}`;
      sessions.set(sessionId, { board, w, nu, leaseSeconds, expires: now() + leaseSeconds });
      const counts = { cleanCount: board.clean.count, poisonCount: nu?.rows.count ?? 0 };
      return { sessionId, layout: layoutOf(board), ...counts, features: board.clean.features, leaseSeconds };
    },
    async closeSession({ sessionId }) {
      session(sessionId);
      sessions.delete(sessionId);
      return {};
    },
    async gradient(request, { blobs }) {
      const { w, board, nu } = session(request.sessionId);
      const { loss, gradient } = regressionGradient(w, over({ board, nu }, request), board.classes);
      return { loss, norm: norm(gradient), gradient: await vector('gradient', gradient, blobs) };
    },
    async hessianVectorProduct(request, { blobs }) {
      const { w, board, nu } = session(request.sessionId);
      const v = await readVector(request.vector, board.size, blobs, 'vector');
      const product = regressionHessianVectorProduct(w, v, over({ board, nu }, request), board.classes);
      return { product: await vector('product', product, blobs) };
    },
    async inverseHessianVectorProduct(request, { blobs }) {
      const { w, board, nu } = session(request.sessionId);
      const { iterations: asked, damping, tolerance } = request;
      const v = await readVector(request.vector, board.size, blobs, 'vector');
      const solver = solvers.toName(request.solver);
      if (solver === undefined) throw invalid('solver', request.solver, solvers.names.join(', '));
      if (asked < 0 || asked > 10_000) throw invalid('iterations', asked, '0 to 10000');
      if (!(damping >= 0)) throw invalid('damping', damping, '0 or more');
      if (!(tolerance >= 0)) throw invalid('tolerance', tolerance, '0 or more');
      const rows = over({ board, nu }, request);
      const h = (q: Float64Array): Float64Array => regressionHessianVectorProduct(w, q, rows, board.classes);
      const normal = solver === 'normal-equations';
      const apply = (q: Float64Array) => (normal ? h(h(q)) : stepped(h(q), q, -damping));
      const b = Float64Array.from(v);
      const { q, iterations } = solved(apply, normal ? h(b) : b, asked || 16, tolerance);
      const left = stepped(normal ? h(q) : apply(q), b, 1);
      const product = await vector('product', q, blobs);
      return {
        product,
        iterations,
        relativeResidual: norm(left) / norm(b),
        stopped: iterations < asked ? 'converged' : 'budget',
      };
    },
    async poisonVectorProduct(request, { blobs }) {
      const { w, board, nu } = session(request.sessionId);
      const v = await readVector(request.vector, board.size, blobs, 'vector');
      const rows = over({ board, nu }, { ...request, distribution: 2, cleanRows: undefined });
      const product = Float32Array.from(regressionMixedProduct(w, v, rows, board.classes));
      return { product: await writeBundle([namedFloat32('product', [rows.count, rows.features], product)], blobs) };
    },
    async descend(request, { blobs }) {
      const { steps, learningRate } = request;
      const held = session(request.sessionId);
      if (steps < 1 || steps > 100_000) throw invalid('steps', steps, '1 to 100000');
      if (!(learningRate > 0 && learningRate < Infinity)) throw invalid('learning_rate', learningRate, 'above 0');
      const rows = over(held, request);
      let w = Float64Array.from(held.w);
      for (let k = 0; k < steps; k++)
        w = Float64Array.from(stepped(w, regressionGradient(w, rows, held.board.classes).gradient, learningRate));
      const { loss, gradient } = regressionGradient(w, rows, held.board.classes);
      if (!Number.isFinite(loss) || !Float32Array.from(w).every(Number.isFinite))
        throw new TheriacError('diverged', { code: 'ABORTED', field: 'learning_rate' });
      held.w = Float32Array.from(w);
      return { parameters: await vector('parameters', w, blobs), loss, gradientNorm: norm(gradient) };
    },
    async updatePoison({ sessionId, poison }, { blobs }) {
      const held = session(sessionId);
      held.nu = await readPoison(held.board, poison, blobs);
      return { poisonCount: held.nu?.rows.count ?? 0 };
    },
    async updateParameters({ sessionId, parameters }, { blobs }) {
      const held = session(sessionId);
      held.w = await readVector(parameters, held.board.size, blobs, 'parameters');
      return {};
    },
  });
}

function over(
  { board, nu }: Pick<Session, 'board' | 'nu'>,
  { distribution, cleanRows, poisonRows }: Pick<GradientRequest, 'distribution' | 'cleanRows' | 'poisonRows'>,
): Rows {
  const of = distributions.toName(distribution);
  if (of === undefined) throw invalid('distribution', distribution, distributions.names.join(', '));
  if (of === 'clean' && poisonRows !== undefined) throw invalid('poison_rows', 'rows', 'nothing');
  const clean = part(board.clean, cleanRows, 'clean_rows');
  if (of === 'clean') return clean;
  if (nu === undefined)
    throw new TheriacError('no poison', { code: 'FAILED_PRECONDITION', field: 'distribution', found: of });
  const own = part(nu.rows, poisonRows, 'poison_rows');
  return of === 'poison' ? own : mixtureOf({ ...board, clean }, { ...nu, rows: own, placement: 'added' });
}

function part(rows: Rows, range: GradientRequest['cleanRows'], field: string): Rows {
  const { from, to } = range ?? { from: 0, to: rows.count };
  if (from < 0 || from >= to || to > rows.count) throw invalid(field, [from, to], `0 to ${rows.count}`);
  return rowsBetween(rows, from, to);
}

/** q with A q = b by conjugate gradients. */
function solved(
  apply: (q: Float64Array) => Float64Array,
  b: Float64Array,
  most: number,
  tolerance: number,
): { q: Float64Array; iterations: number } {
  let [q, r, p] = [new Float64Array(b.length), b, b];
  let iterations = 0;
  for (; iterations < most && norm(r) > Math.max(tolerance, 1e-12) * norm(b); iterations++) {
    const ap = apply(p);
    const length = dot(r, r) / dot(p, ap);
    q = stepped(q, p, -length);
    const next = stepped(r, ap, length);
    p = stepped(next, p, -dot(next, next) / dot(r, r));
    r = next;
  }
  return { q, iterations };
}

/** a - s b. */
function stepped(a: ArrayLike<number>, b: ArrayLike<number>, s: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (value, k) => value - s * b[k]!);
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

const vector = (name: string, values: Float64Array, blobs: BlobStore) =>
  writeBundle([namedFloat32(name, [values.length], Float32Array.from(values))], blobs);

function layoutOf({ classes, dataset: { features } }: Board) {
  return [
    { name: 'weight', shape: [features, classes], offset: 0 },
    { name: 'bias', shape: [classes], offset: features * classes },
  ];
}

function accuracyOf(w: Float32Array, rows: Rows, classes: number): number {
  const { errors } = regressionErrors(regressionLogits(w, rows, classes), rows.y, classes);
  let right = 0;
  for (let i = 0; i < rows.count; i++) {
    const own = errors[i * classes + rows.y[i]!]! + 1;
    if (errors.subarray(i * classes, (i + 1) * classes).every((p, k) => k === rows.y[i] || p <= own)) right += 1;
  }
  return right / rows.count;
}
