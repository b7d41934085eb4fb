/**
 * A trainer's session as online games use it: nu holds whatever rows are asked about, and w and nu are sent only when they
 * change. A session that has expired, or whose trainer has started anew, is opened again.
 */
import { Poison } from '@theriac/contract/game';
import type { GameSpec } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import { Distribution } from '@theriac/contract/trainer';
import type { RowRange } from '@theriac/game';
import type { StoredRows } from '@theriac/game/online';
import { callUnary, readRemoteBundle, writeRemoteBundle } from '@theriac/service-kit';
import { float32Of, namedFloat32, namedInt32, TheriacError } from '@theriac/tensors';
import { persistently } from '../driver/persistence';
import type { Players } from '../driver/players';

export interface OnlineSession {
  /** g over some clean rows of the game, or over [from, to) of `rows`, and the mean loss in nats. */
  cleanGradient(w: Float32Array, range: RowRange): Promise<{ loss: number; gradient: Float32Array }>;
  gradient(w: Float32Array, rows: StoredRows, range?: RowRange): Promise<{ loss: number; gradient: Float32Array }>;
  /** H v over some clean rows, or over `rows`. */
  cleanProduct(w: Float32Array, range: RowRange, v: Float32Array): Promise<Float32Array>;
  product(w: Float32Array, rows: StoredRows, v: Float32Array): Promise<Float32Array>;
  /** d/dx <g(rows; w), v>, [count * features], model-input units. */
  mixed(w: Float32Array, rows: StoredRows, v: Float32Array): Promise<Float32Array>;
  /** w after one gradient step on the rows. */
  descend(w: Float32Array, rows: StoredRows, learningRate: number): Promise<Float32Array>;
  close(): Promise<void>;
}

interface Held {
  readonly id: string;
  w: Float32Array | undefined;
  rows: StoredRows | undefined;
}

/** A session of this game with the trainer; opened when it is first used. The caller closes. */
export function onlineSession(players: Players, spec: GameSpec, signal: AbortSignal): OnlineSession {
  const { trainer } = players;
  const settings = { signal };
  let session: Held | undefined;

  const bundle = (name: string, vector: Float32Array): Promise<TensorBundle> =>
    writeRemoteBundle(trainer.blobs, [namedFloat32(name, [vector.length], vector)], settings);

  async function vectorOf(found: TensorBundle | undefined, name: string): Promise<Float32Array> {
    const array = (await readRemoteBundle(trainer.blobs, found, settings)).get(name);
    if (array !== undefined) return float32Of(array);
    throw new TheriacError(`the trainer answered without ${name}`, {
      code: 'DATA_LOSS',
      field: name,
      remedy: 'Start a trainer of the same release.',
    });
  }

  async function poisonOf({ x, y, count, features }: StoredRows): Promise<Poison> {
    const arrays = [namedFloat32('x', [count, features], x), namedInt32('y', [count], y)];
    return Poison.fromPartial({ rows: await writeRemoteBundle(trainer.blobs, arrays, settings) });
  }

  /** The session with w and rows; what it holds already is not sent. Vectors and rows are never changed in place. */
  async function holding(w: Float32Array, rows: StoredRows | undefined): Promise<Held> {
    if (session === undefined) {
      const request = { game: spec, parameters: await bundle('parameters', w), poison: undefined, leaseSeconds: 0 };
      const { sessionId } = await callUnary(trainer.client, 'openSession', request, settings);
      session = { id: sessionId, w, rows: undefined };
    }
    const { id: sessionId } = session;
    if (session.w !== w) {
      const parameters = await bundle('parameters', w);
      await callUnary(trainer.client, 'updateParameters', { sessionId, parameters }, settings);
      session.w = w;
    }
    if (rows !== undefined && session.rows !== rows) {
      await callUnary(trainer.client, 'updatePoison', { sessionId, poison: await poisonOf(rows) }, settings);
      session.rows = rows;
    }
    return session;
  }

  /** Calls with a session that holds w and rows; with a new one where it is gone, or its trainer was lost and found. */
  function asking<T>(
    w: Float32Array,
    rows: StoredRows | undefined,
    call: (held: Held, sessionId: string) => Promise<T>,
  ): Promise<T> {
    return persistently({ players, signal }, ['trainer'], "the trainer's session", async () => {
      for (let again = false; ; again = true) {
        try {
          const held = await holding(w, rows);
          return await call(held, held.id);
        } catch (error) {
          // What was under way may have changed what it holds, or not.
          if (session !== undefined) session = { id: session.id, w: undefined, rows: undefined };
          if (again || !(error instanceof TheriacError) || error.detail.field !== 'session_id') throw error;
          session = undefined;
        }
      }
    });
  }

  const clean = (range: RowRange) => ({ distribution: Distribution.CLEAN, cleanRows: range, poisonRows: undefined });
  const poison = (range?: RowRange) => ({ distribution: Distribution.POISON, cleanRows: undefined, poisonRows: range });
  type Selection = ReturnType<typeof clean> | ReturnType<typeof poison>;

  const gradientOf = (w: Float32Array, rows: StoredRows | undefined, selection: Selection) =>
    asking(w, rows, async (_, sessionId) => {
      const answer = await callUnary(trainer.client, 'gradient', { sessionId, ...selection }, settings);
      return { loss: answer.loss, gradient: await vectorOf(answer.gradient, 'gradient') };
    });

  const productOf = (w: Float32Array, rows: StoredRows | undefined, v: Float32Array, selection: Selection) =>
    asking(w, rows, async (_, sessionId) => {
      const request = { sessionId, ...selection, vector: await bundle('vector', v) };
      return vectorOf((await callUnary(trainer.client, 'hessianVectorProduct', request, settings)).product, 'product');
    });

  return {
    cleanGradient: (w, range) => gradientOf(w, undefined, clean(range)),
    gradient: (w, rows, range) => gradientOf(w, rows, poison(range)),
    cleanProduct: (w, range, v) => productOf(w, undefined, v, clean(range)),
    product: (w, rows, v) => productOf(w, rows, v, poison()),
    mixed: (w, rows, v) =>
      asking(w, rows, async (_, sessionId) => {
        const request = { sessionId, vector: await bundle('vector', v), poisonRows: undefined };
        return vectorOf((await callUnary(trainer.client, 'poisonVectorProduct', request, settings)).product, 'product');
      }),
    descend: (w, rows, learningRate) =>
      asking(w, rows, async (held, sessionId) => {
        held.w = undefined; // until the answer is here
        const { parameters } = await callUnary(
          trainer.client,
          'descend',
          { sessionId, steps: 1, learningRate, ...poison() },
          settings,
        );
        const next = await vectorOf(parameters, 'parameters');
        held.w = next;
        return next;
      }),
    async close() {
      const open = session;
      session = undefined;
      // It ends by itself too: what keeps it from being closed is no failure of the game.
      if (open !== undefined)
        await callUnary(trainer.client, 'closeSession', { sessionId: open.id }, { deadlineSeconds: 5 }).catch(
          () => undefined,
        );
    },
  };
}
