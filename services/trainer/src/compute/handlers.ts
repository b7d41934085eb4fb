/** What the trainer computes, over plain data; it runs in a worker thread, or in the caller's own for tests and benches. */
import { boardShelf, derivativesShelf, mixtureOf, poisonRows } from '@theriac/board';
import type { Board, PlacedRows } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import { modelDefinitions } from '@theriac/game/engine';
import type { ComputeHandlers } from '@theriac/service-kit';
import { TheriacError, invalid, norm } from '@theriac/tensors';
import type { BackendReport } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import type { TrainerMethods } from './methods';
import { batchOf } from './row-selection';
import { openSessions } from './sessions';
import type { SessionPoison } from './sessions';
import { trainSlices } from './train-slice';

/** The trainer's compute methods. They keep boards, sessions and compiled graphs of the games in use. */
export function trainerCompute(settings: PlayerSettings): ComputeHandlers<TrainerMethods> {
  const engine = (): Promise<BackendReport> => startBackend(settings.engine);
  // The engine warms up while the first request is on its way; a failure is told to whoever calls first.
  engine().catch(() => undefined);
  const boardFor = boardShelf(settings.dataDirectory);
  const sessions = openSessions(settings.sessions, settings.sessionsPerClient);
  const derivativesOf = derivativesShelf();
  const slices = trainSlices();

  return {
    describe: async () => ({
      backend: await engine(),
      models: modelDefinitions.map(({ id, summary, source }) => ({ id, summary, source })),
    }),
    async train(input, context) {
      await engine();
      const board = await boardFor(input.game);
      return slices(input, board, derivativesOf(board).oracles, context);
    },
    async openSession({ game, parameters, poison, leaseSeconds, client }) {
      await engine();
      const board = await boardFor(game);
      checkParameters(parameters, board);
      const rows = poison === undefined ? undefined : sessionPoison(board, poison);
      const session = sessions.open(board, derivativesOf(board).follower, parameters, rows, leaseSeconds, client);
      return {
        session: session.id,
        layout: board.model.layout,
        clean: board.clean.count,
        poison: rows?.nu.count ?? 0,
        features: board.clean.features,
      };
    },
    closeSession({ session }) {
      sessions.close(session);
      return null;
    },
    async gradient({ session: id, ...selection }) {
      const session = sessions.find(id);
      const found = await session.follower.gradient(session.w, batchOf(session, selection));
      requireFinite([found.loss], 'the loss');
      requireFinite(found.gradient, 'the gradient');
      return found;
    },
    async hessianVectorProduct({ session: id, vector, ...selection }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      const batch = batchOf(session, selection);
      return requireFinite(await session.follower.hessianVectorProduct(session.w, vector, batch), 'the product');
    },
    async inverseHessianVectorProduct({ session: id, vector, normalEquations, ...asked }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      const { iterations, damping, tolerance } = asked;
      const solver = { kind: normalEquations ? 'cgnr' : 'cg', iterations, damping, tolerance } as const;
      const batch = batchOf(session, asked);
      const found = await session.follower.inverseHessianVectorProduct(session.w, vector, batch, solver);
      requireFinite(found.product, 'the solution');
      return found;
    },
    async poisonVectorProduct({ session: id, vector, poisonRows: range }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      const batch = batchOf(session, { of: 'poison', poisonRows: range });
      const product = await session.follower.poisonVectorProduct(session.w, vector, batch);
      requireFinite(product, 'the product');
      return { product, rows: batch.nu?.count ?? 0, features: session.board.clean.features };
    },
    async descend({ session: id, steps, learningRate, ...selection }, context) {
      const session = sessions.find(id);
      const batch = batchOf(session, selection);
      let w = session.w;
      for (let taken = 0; taken < steps; taken += stepsAtOnce) {
        const part = { steps: Math.min(stepsAtOnce, steps - taken), learningRate };
        w = await session.follower.descend(w, batch, part);
        if (!w.every(Number.isFinite)) throw divergedBy(taken + part.steps, learningRate);
        await context.pause();
      }
      const { loss, gradient } = await session.follower.gradient(w, batch);
      if (!Number.isFinite(loss)) throw divergedBy(steps, learningRate);
      session.w = w;
      return { parameters: w, loss, gradientNorm: norm(gradient) };
    },
    updatePoison({ session: id, poison }) {
      const session = sessions.find(id);
      session.poison = sessionPoison(session.board, poison);
      return { poison: session.poison.nu.count };
    },
    updateParameters({ session: id, parameters }) {
      const session = sessions.find(id);
      checkParameters(parameters, session.board);
      session.w = parameters;
      return null;
    },
  };
}

function sessionPoison(board: Board, poison: PlacedRows): SessionPoison {
  const nu = poisonRows(board, poison);
  return { nu, chi: poison.placement === 'replaced' ? mixtureOf(board, poison).mu : undefined };
}

/** Gradient steps between two chances to be cancelled. */
const stepsAtOnce = 20;

function checkParameters(parameters: Float32Array, board: Board): void {
  const { size } = board.model.layout;
  if (parameters.length !== size)
    throw invalid(
      'parameters',
      `${parameters.length} values`,
      `the ${size} of model ${board.model.id}`,
      'Send the flat vector of this model.',
    );
}

function checkVector(vector: Float32Array, w: Float32Array): void {
  if (vector.length !== w.length)
    throw invalid(
      'vector',
      `${vector.length} values`,
      `${w.length}, as many as there are parameters`,
      'Send a vector of the length of w.',
    );
}

/** `values` if all are finite: no NaN leaves the trainer. Throws ABORTED. */
function requireFinite<T extends ArrayLike<number>>(values: T, what: string): T {
  for (let k = 0; k < values.length; k++) {
    if (Number.isFinite(values[k])) continue;
    throw new TheriacError(`In 32-bit floats ${what} is not finite at these parameters.`, {
      code: 'ABORTED',
      field: 'parameters',
      found: String(values[k]),
      allowed: 'parameters, rows and vectors whose products stay within 3.4e38',
      remedy: 'Scale the vector or the parameters down.',
    });
  }
  return values;
}

function divergedBy(step: number, learningRate: number): TheriacError {
  return new TheriacError(`Descending diverged by step ${step}.`, {
    code: 'ABORTED',
    field: 'learning_rate',
    found: String(learningRate),
    allowed: 'a step size for which the parameters stay finite',
    remedy: 'Take a smaller learning rate; the session keeps its parameters from before the call.',
  });
}
