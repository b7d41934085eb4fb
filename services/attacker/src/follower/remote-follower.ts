/**
 * The follower as a trainer's session computes it. The session holds w and nu, and is told only what has changed; ranges name
 * the clean rows. A session that has expired, or whose trainer has started anew or given way to another, is opened again.
 */
import { placements } from '@theriac/contract';
import type { GameSpec, Poison } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import { Distribution, Solver } from '@theriac/contract/trainer';
import type { TrainerServiceClient } from '@theriac/contract/trainer';
import type { Batch, Follower, Rows } from '@theriac/game';
import { callUnary, readRemoteBundle, repeatedly, writeRemoteBundle } from '@theriac/service-kit';
import type { Patience, Replicas } from '@theriac/service-kit';
import { float32Of, namedFloat32, namedInt32, TheriacError } from '@theriac/tensors';

/** A game as its trainer knows it. */
export interface RemoteGame {
  readonly spec: GameSpec;
  /** Model-input values in stored units: what travels. */
  toStored(x: Float32Array): Float32Array;
}

/** A trainer, by the replica in use. */
export type ReachedTrainer = Pick<Replicas<TrainerServiceClient>, 'client' | 'blobs' | 'recover'>;

/** A follower elsewhere; `close` ends its session. */
export interface RemoteFollower extends Follower {
  close(): Promise<void>;
}

interface Session {
  readonly id: string;
  /** What the session holds; undefined: not known. */
  w: Float32Array | undefined;
  nu: Rows | undefined;
}

/** Longest a call may take, seconds. */
const deadlineSeconds = 600;

/** A trainer that is lost for longer than that is the business of whoever asked for the attack: about 3 s. */
export const trainerPatience: Patience = { attempts: 5, firstWaitSeconds: 0.2, longestWaitSeconds: 2, busySeconds: 60 };

/** A follower over the trainer that is reached; errors are the trainer's. The caller closes it, and the connection. */
export function remoteFollower(trainer: ReachedTrainer, { spec, toStored }: RemoteGame): RemoteFollower {
  const settings = { deadlineSeconds };
  let session: Session | undefined;

  const bundle = (name: string, vector: Float32Array): Promise<TensorBundle> =>
    writeRemoteBundle(trainer.blobs, [namedFloat32(name, [vector.length], vector)], settings);

  async function vectorOf(found: TensorBundle | undefined, name: string): Promise<Float32Array> {
    const array = (await readRemoteBundle(trainer.blobs, found, settings)).get(name);
    if (array !== undefined) return float32Of(array);
    throw new TheriacError(`The trainer's answer has no tensor ${name}.`, {
      code: 'DATA_LOSS',
      field: name,
      remedy: 'Start a trainer of the same release.',
    });
  }

  async function poisonOf({ x, y, count, features }: Rows): Promise<Poison> {
    const arrays = [namedFloat32('x', [count, features], toStored(x)), namedInt32('y', [count], Int32Array.from(y))];
    return { rows: await writeRemoteBundle(trainer.blobs, arrays, settings), placement: placements.toValue('added') };
  }

  /** A session that holds w and nu; what it holds already is not sent. */
  async function holding(w: Float32Array, nu: Rows | undefined): Promise<Session> {
    if (session === undefined) {
      const parameters = await bundle('parameters', w);
      const poison = nu && (await poisonOf(nu));
      const request = { game: spec, parameters, poison, leaseSeconds: 0 };
      const { sessionId } = await callUnary(trainer.client, 'openSession', request, settings);
      session = { id: sessionId, w: w.slice(), nu: nu && copyOf(nu) };
      return session;
    }
    const { id } = session;
    if (session.w === undefined || !sameBytes(session.w, w)) {
      const parameters = await bundle('parameters', w);
      await callUnary(trainer.client, 'updateParameters', { sessionId: id, parameters }, settings);
      session.w = w.slice();
    }
    if (nu !== undefined && !(session.nu !== undefined && sameRows(session.nu, nu))) {
      await callUnary(trainer.client, 'updatePoison', { sessionId: id, poison: await poisonOf(nu) }, settings);
      session.nu = copyOf(nu);
    }
    return session;
  }

  /** Calls with a session that holds w and nu; once more with a new one where the old one is gone. */
  async function askOnce<T>(
    w: Float32Array,
    nu: Rows | undefined,
    call: (session: Session, sessionId: string) => Promise<T>,
  ): Promise<T> {
    for (let again = false; ; again = true) {
      try {
        const held = await holding(w, nu);
        return await call(held, held.id);
      } catch (error) {
        // What was under way may have changed what it holds, or not.
        if (session !== undefined) session = { id: session.id, w: undefined, nu: undefined };
        if (again || !isGone(error)) throw error;
        session = undefined;
      }
    }
  }

  /** The same, whatever becomes of the trainer meanwhile, for a few seconds. */
  function asking<T>(
    w: Float32Array,
    nu: Rows | undefined,
    call: (session: Session, sessionId: string) => Promise<T>,
  ): Promise<T> {
    let lost = false;
    const attempt = async (): Promise<T> => {
      if (lost) await trainer.recover();
      return askOnce(w, nu, call);
    };
    return repeatedly(attempt, { patience: trainerPatience, onFailure: () => void (lost = true) });
  }

  return {
    gradient: (w, batch) =>
      asking(w, batch.nu, async (_, sessionId) => {
        const answer = await callUnary(trainer.client, 'gradient', { sessionId, ...selectionOf(batch) }, settings);
        return { loss: answer.loss, gradient: await vectorOf(answer.gradient, 'gradient') };
      }),

    hessianVectorProduct: (w, v, batch) =>
      asking(w, batch.nu, async (_, sessionId) => {
        const request = { sessionId, ...selectionOf(batch), vector: await bundle('vector', v) };
        return vectorOf(
          (await callUnary(trainer.client, 'hessianVectorProduct', request, settings)).product,
          'product',
        );
      }),

    inverseHessianVectorProduct: (w, v, batch, { kind, iterations, damping, tolerance }) =>
      asking(w, batch.nu, async (_, sessionId) => {
        const solver = kind === 'cgnr' ? Solver.NORMAL_EQUATIONS : Solver.CONJUGATE_GRADIENT;
        const asked = { vector: await bundle('vector', v), solver, iterations, damping, tolerance };
        const request = { sessionId, ...selectionOf(batch), ...asked };
        const answer = await callUnary(trainer.client, 'inverseHessianVectorProduct', request, settings);
        const product = await vectorOf(answer.product, 'product');
        return { product, relativeResidual: answer.relativeResidual, iterations: answer.iterations };
      }),

    async poisonVectorProduct(w, v, { clean, nu }) {
      if (nu === undefined || nu.count === 0) return new Float32Array(0);
      const share = nu.count / (nu.count + (clean === undefined ? 0 : clean.to - clean.from));
      const product = await asking(w, nu, async (_, sessionId) => {
        const request = { sessionId, vector: await bundle('vector', v), poisonRows: undefined };
        return vectorOf((await callUnary(trainer.client, 'poisonVectorProduct', request, settings)).product, 'product');
      });
      return share === 1 ? product : product.map((value) => value * share);
    },

    async descend(w, batch, { steps, learningRate }) {
      if (steps === 0) return w.slice();
      return asking(w, batch.nu, async (held, sessionId) => {
        held.w = undefined; // until the answer is here
        const request = { sessionId, ...selectionOf(batch), steps, learningRate };
        const { parameters } = await callUnary(trainer.client, 'descend', request, settings);
        const next = await vectorOf(parameters, 'parameters');
        held.w = next.slice();
        return next;
      });
    },

    async close() {
      const open = session;
      session = undefined;
      if (open === undefined) return;
      // It ends by itself too: what keeps it from being closed is no failure of the attack.
      await callUnary(trainer.client, 'closeSession', { sessionId: open.id }, { deadlineSeconds: 5 }).catch(
        () => undefined,
      );
    },
  };
}

function selectionOf({ clean, nu }: Batch) {
  const distribution =
    nu === undefined ? Distribution.CLEAN : clean === undefined ? Distribution.POISON : Distribution.MIXTURE;
  return { distribution, cleanRows: clean && { ...clean }, poisonRows: undefined };
}

function isGone(error: unknown): boolean {
  return error instanceof TheriacError && error.detail.code === 'NOT_FOUND' && error.detail.field === 'session_id';
}

const copyOf = (nu: Rows): Rows => ({ ...nu, x: nu.x.slice(), y: nu.y.slice() });

const sameRows = (a: Rows, b: Rows): boolean =>
  sameBytes(a.x, b.x) && a.count === b.count && a.y.every((label, j) => label === b.y[j]);

function sameBytes(a: Float32Array, b: Float32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return a.length === b.length && Buffer.compare(bytes(a), bytes(b)) === 0;
}
