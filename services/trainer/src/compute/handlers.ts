/** What the trainer computes, over plain data; it runs in a worker thread, or in the caller's own for tests and benches. */
import { boardShelf, poisonRows } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import type { Oracles } from '@theriac/game';
import { norm } from '@theriac/game';
import { createOracles, modelDefinitions } from '@theriac/game/engine';
import type { ComputeHandlers } from '@theriac/service-kit';
import { invalid, TheriacError } from '@theriac/tensors';
import type { BackendReport } from '@theriac/tensors';
import { conjugateGradient, conjugateGradientNormal, startBackend, tf } from '@theriac/tensors/engine';
import type { TrainerMethods } from './methods';
import { openSessions, rowsOf } from './sessions';
import { trainSlices } from './train-slice';

/** The trainer's compute methods. They keep boards, sessions and compiled graphs of the games in use. */
export function trainerCompute(settings: PlayerSettings): ComputeHandlers<TrainerMethods> {
  const engine = (): Promise<BackendReport> => startBackend(settings.engine);
  // The engine warms up while the first request is on its way; a failure is told to whoever calls first.
  engine().catch(() => undefined);
  const boardFor = boardShelf(settings.dataDirectory);
  const sessions = openSessions(settings.sessions);
  const oraclesOf = new WeakMap<Board, Oracles>();
  const slices = trainSlices();

  function oraclesFor(board: Board): Oracles {
    const found = oraclesOf.get(board) ?? createOracles(board.model);
    oraclesOf.set(board, found);
    return found;
  }

  return {
    describe: async () => ({
      backend: await engine(),
      models: modelDefinitions.map(({ id, summary, source }) => ({ id, summary, source })),
    }),
    async train(input, context) {
      await engine();
      const board = await boardFor(input.game);
      return slices(input, board, oraclesFor(board), context);
    },
    async openSession({ game, parameters, poison, leaseSeconds }) {
      await engine();
      const board = await boardFor(game);
      checkParameters(parameters, board);
      const rows = poison === undefined ? undefined : poisonRows(board, poison);
      const session = sessions.open(board, oraclesFor(board), parameters, rows, leaseSeconds);
      return {
        session: session.id,
        layout: board.model.layout,
        clean: board.clean.count,
        poison: rows?.count ?? 0,
        features: board.clean.features,
      };
    },
    closeSession({ session }) {
      sessions.close(session);
      return null;
    },
    gradient({ session: id, of }) {
      const session = sessions.find(id);
      const found = session.oracles.gradient(session.w, rowsOf(session, of));
      requireFinite([found.loss], 'the loss');
      requireFinite(found.gradient, 'the gradient');
      return found;
    },
    hessianVectorProduct({ session: id, of, vector }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      return requireFinite(session.oracles.hessianVectorProduct(session.w, vector, rowsOf(session, of)), 'the product');
    },
    inverseHessianVectorProduct({ session: id, of, vector, normalEquations, iterations, damping, tolerance }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      const rows = rowsOf(session, of);
      const matVec = (v: tf.Tensor1D): tf.Tensor1D =>
        tf.tensor1d(session.oracles.hessianVectorProduct(session.w, v.dataSync<'float32'>(), rows));
      const b = tf.tensor1d(vector);
      const solve = normalEquations ? conjugateGradientNormal : conjugateGradient;
      const found = solve(matVec, b, { iterations, damping, tolerance });
      const product = found.solution.dataSync<'float32'>();
      tf.dispose([b, found.solution]);
      requireFinite(product, 'the solution');
      const { relativeResidual, stopped } = found;
      return { product, relativeResidual, iterations: found.iterations, stopped };
    },
    poisonVectorProduct({ session: id, vector }) {
      const session = sessions.find(id);
      checkVector(vector, session.w);
      const rows = rowsOf(session, 'poison');
      const product = requireFinite(session.oracles.mixedProduct(session.w, vector, rows), 'the product');
      return { product, rows: rows.count, features: rows.features };
    },
    async descend({ session: id, of, steps, learningRate }, context) {
      const session = sessions.find(id);
      const rows = rowsOf(session, of);
      let w = session.w;
      for (let step = 0; step < steps; step++) {
        const { gradient } = session.oracles.gradient(w, rows);
        w = w.map((value, k) => value - learningRate * (gradient[k] as number));
        if (!w.every(Number.isFinite)) throw divergedAt(step + 1, learningRate);
        await context.pause();
      }
      const { loss, gradient } = session.oracles.gradient(w, rows);
      if (!Number.isFinite(loss)) throw divergedAt(steps, learningRate);
      session.w = w;
      return { parameters: w, loss, gradientNorm: norm(gradient) };
    },
    updatePoison({ session: id, poison }) {
      const session = sessions.find(id);
      session.poison = poisonRows(session.board, poison);
      session.mixture = undefined;
      return { poison: session.poison.count };
    },
  };
}

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

function divergedAt(step: number, learningRate: number): TheriacError {
  return new TheriacError(`Descending diverged at step ${step}.`, {
    code: 'ABORTED',
    field: 'learning_rate',
    found: String(learningRate),
    allowed: 'a step size for which the parameters stay finite',
    remedy: 'Take a smaller learning rate; the session keeps its parameters from before the call.',
  });
}
