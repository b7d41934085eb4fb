/**
 * One tick of online training, for whatever computes: rows are admitted, wait, are trained on by one step, and the step is kept
 * or rolled back.
 *
 *   undefended      w' = w - eta g(rows; w)
 *   capped          w' = w - eta sum_u a_u (n_u / N) g(rows of u; w)
 */
import { dot, TheriacError } from '@theriac/tensors';
import type { StoredRows } from './attack';
import { admitted, capped, hasCap, hasGate, lossCeiling, waitingTicks } from './defence';
import type { ChosenDefence, Contribution } from './defence';
import { userBlocks } from './stream';
import type { UserBlock } from './stream';

/** Rows of a tick with their senders; `poison` is the referee's and no defence sees it. */
export interface Batch {
  readonly rows: StoredRows;
  /** Id of each row's sender, ascending. */
  readonly users: Int32Array;
  /** 1 where the row is the attacker's. */
  readonly poison: Uint8Array;
}

/** Everything that the trainer remembers between ticks. */
export interface OnlineState {
  readonly tick: number;
  readonly w: Float32Array;
  /** Models before the last ticks, oldest first: what an attacker with a lag sees. */
  readonly seen: readonly Float32Array[];
  /** Batches that wait, oldest first. */
  readonly queue: readonly Batch[];
  /** Loss on trusted rows of the last kept model, and the lowest so far, nats; null before a gate has looked. */
  readonly loss: { readonly last: number; readonly best: number } | null;
}

/** What the trainer can compute. */
export interface OnlineTrainer {
  /** w - eta g(rows; w). Throws ABORTED where it leaves the finite numbers. */
  step(w: Float32Array, rows: StoredRows, learningRate: number): Promise<Float32Array>;
  /** g over each block of rows, [p] each. */
  gradients(w: Float32Array, rows: StoredRows, blocks: readonly UserBlock[]): Promise<readonly Float32Array[]>;
  /** Mean loss on the rows that the trainer trusts, nats. */
  trustedLoss(w: Float32Array): Promise<number>;
}

/** Rows of one kind at each stage of a tick. */
export interface StageCounts {
  readonly arrived: number;
  readonly admitted: number;
  readonly trained: number;
  /** Rows trained on, each times the factor of its user. */
  readonly weight: number;
}

export interface TickReport {
  readonly honest: StageCounts;
  readonly poison: StageCounts;
  readonly rolledBack: boolean;
}

/** The next state. Throws ABORTED where the model leaves the finite numbers. */
export async function playTick(
  state: OnlineState,
  arrivals: Batch,
  chain: readonly ChosenDefence[],
  learningRate: number,
  lag: number,
  trainer: OnlineTrainer,
): Promise<{ state: OnlineState; report: TickReport }> {
  const { w } = state;
  const taken = batchOf(arrivals, admitted(chain, arrivals.users));
  const queue = [...state.queue, taken];
  const due = queue.length > waitingTicks(chain) ? (queue.shift() ?? null) : null;
  const loss = state.loss ?? (hasGate(chain) ? startLoss(await trainer.trustedLoss(w)) : null);
  const moved = due === null || due.rows.count === 0 ? null : await stepped(w, due, chain, learningRate, trainer);
  const judged = moved === null || loss === null ? null : await trainer.trustedLoss(moved.w);
  const rolledBack = judged !== null && loss !== null && !(judged <= lossCeiling(chain, loss.last, loss.best));
  const keeps = moved !== null && !rolledBack;
  const factors = keeps ? moved.factors : undefined;
  const counts = (kind: 0 | 1): StageCounts => ({
    arrived: countOf(arrivals, kind),
    admitted: countOf(taken, kind),
    trained: keeps && due !== null ? countOf(due, kind) : 0,
    weight: keeps && due !== null ? countOf(due, kind, factors) : 0,
  });
  return {
    state: {
      tick: state.tick + 1,
      w: keeps ? moved.w : w,
      seen: [...state.seen, w].slice(lag === 0 ? state.seen.length + 1 : -lag),
      queue,
      loss: keeps && judged !== null && loss !== null ? { last: judged, best: Math.min(judged, loss.best) } : loss,
    },
    report: { honest: counts(0), poison: counts(1), rolledBack },
  };
}

/** A step on a batch, and the factor of each row where users are capped. */
async function stepped(
  w: Float32Array,
  { rows, users }: Batch,
  chain: readonly ChosenDefence[],
  learningRate: number,
  trainer: OnlineTrainer,
): Promise<{ w: Float32Array; factors: Float64Array | undefined }> {
  if (!hasCap(chain)) return { w: await trainer.step(w, rows, learningRate), factors: undefined };
  const blocks = userBlocks(users);
  const gradients = await trainer.gradients(w, rows, blocks);
  const contributions = blocks.map(({ user, from, to }, k): Contribution => {
    const share = (to - from) / rows.count;
    return { user, rows: to - from, norm: share * lengthOf(gradients[k]) };
  });
  const factors = capped(chain, contributions) ?? new Float64Array(blocks.length).fill(1);
  const sum = new Float64Array(w.length);
  const ofRow = new Float64Array(rows.count);
  blocks.forEach(({ from, to }, k) => {
    const factor = factors[k] as number;
    const scale = (factor * (to - from)) / rows.count;
    gradients[k]?.forEach((value, at) => (sum[at] = (sum[at] as number) + scale * value));
    ofRow.fill(factor, from, to);
  });
  const next = w.map((value, k) => value - learningRate * (sum[k] as number));
  if (next.every(Number.isFinite)) return { w: next, factors: ofRow };
  throw new TheriacError('the online trainer left the finite numbers', {
    code: 'ABORTED',
    field: 'learning rate',
    found: String(learningRate),
    remedy: 'Take a smaller step size.',
  });
}

/** Euclidean norm. */
const lengthOf = (vector: Float32Array | undefined): number =>
  vector === undefined ? 0 : Math.sqrt(dot(vector, vector));

const startLoss = (value: number) => ({ last: value, best: value });

/** The rows at these positions, copied. */
export function batchOf({ rows, users, poison }: Batch, places: Int32Array): Batch {
  const { features } = rows;
  const x = new Float32Array(places.length * features);
  places.forEach((row, place) => x.set(rows.x.subarray(row * features, (row + 1) * features), place * features));
  return {
    rows: { x, y: Int32Array.from(places, (row) => rows.y[row] as number), count: places.length, features },
    users: Int32Array.from(places, (row) => users[row] as number),
    poison: Uint8Array.from(places, (row) => poison[row] as number),
  };
}

/** Rows of a kind, each times its weight. */
function countOf({ poison }: Batch, kind: 0 | 1, weights?: Float64Array): number {
  return poison.reduce((sum, flag, row) => sum + (flag === kind ? (weights?.[row] ?? 1) : 0), 0);
}
