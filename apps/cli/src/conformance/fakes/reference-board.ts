/** What the reference players have in common: a game set up from its messages, and rows, vectors and slices read from them. */
import { placements, scalings } from '@theriac/contract';
import type { GameSpec, Poison } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import { datasetCatalogue, fromModelInput, loadDataset, toModelInput } from '@theriac/datasets';
import type { Dataset, Scaling } from '@theriac/datasets';
import { decodePlainState, encodePlainState, replacedRows, rowsBetween } from '@theriac/game';
import type { PlainState, Placement, Rows } from '@theriac/game';
import { readBundle, requireTensor } from '@theriac/service-kit';
import type { BlobStore, CallContext } from '@theriac/service-kit';
import { invalid } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';

export const backend = {
  name: 'reference',
  device: 'cpu',
  version: '1',
  threads: 1,
  secondOrder: true,
  compiles: false,
  selfCheckError: 0,
};
export const limits = {
  messageBytes: 4 << 20,
  blobBytes: 1 << 30,
  rank: 8,
  sessions: 5,
  sessionLeaseSeconds: 60,
  sliceSeconds: 2,
};

export interface Board {
  readonly dataset: Dataset;
  readonly clean: Rows;
  readonly validation: Rows;
  readonly classes: number;
  /** Length of w. */
  readonly size: number;
  /** Names everything that this is made of. */
  readonly key: string;
  rowsOf(x: Float32Array, y: Int32Array): Rows;
  toStored(x: Float32Array): Float32Array;
}

const boards = new Map<string, Promise<Board>>();

/** Softmax regression on what `spec` names. Throws INVALID_ARGUMENT naming the field. */
export function boardOf(spec: GameSpec | undefined): Promise<Board> {
  const key = JSON.stringify(spec);
  const board = boards.get(key) ?? newBoard(spec);
  boards.set(key, board);
  return board;
}

async function newBoard(spec: GameSpec | undefined): Promise<Board> {
  if (spec === undefined) throw invalid('game', undefined, 'a game');
  const ids = datasetCatalogue().map(({ id }) => id);
  if (!ids.includes(spec.dataset)) throw invalid('game.dataset', spec.dataset, ids.join(', '));
  if (spec.model !== 'lr') throw invalid('game.model', spec.model, 'lr');
  const scaling = scalings.toName(spec.scaling);
  if (scaling === undefined) throw invalid('game.scaling', spec.scaling, scalings.names.join(', '));
  const dataset = await loadDataset(spec.dataset, spec.trainLimit === 0 ? {} : { trainLimit: spec.trainLimit });
  const { train, features, classes } = dataset;
  const held = spec.validationCount;
  if (held < 0 || held >= train.count) throw invalid('game.validation_count', held, `0 to ${train.count - 1}`);
  const all = { x: toModelInput(train, dataset, scaling), y: train.labels, count: train.count, features };
  return {
    dataset,
    classes,
    size: (features + 1) * classes,
    clean: rowsBetween(all, 0, train.count - held),
    validation: rowsBetween(all, train.count - held, train.count),
    key: JSON.stringify(spec),
    toStored: (x) => fromModelInput(x, dataset, scaling),
    rowsOf: (x, y) => modelRows(dataset, scaling, x, y),
  };
}

function modelRows(dataset: Dataset, scaling: Scaling, stored: Float32Array, y: Int32Array): Rows {
  const examples = { count: y.length, features: dataset.features, stored, labels: new Uint8Array(0) };
  return { x: toModelInput(examples, dataset, scaling), y, count: y.length, features: dataset.features };
}

export interface Nu {
  /** Stored units. */
  readonly x: Float32Array;
  readonly rows: Rows;
  readonly base: Int32Array | undefined;
  readonly placement: Placement;
}

/** The poison of a message; undefined: none. Throws INVALID_ARGUMENT naming the field. */
export async function readPoison(board: Board, poison: Poison | undefined, blobs: BlobStore): Promise<Nu | undefined> {
  if (poison === undefined) return undefined;
  const placement = placements.toName(poison.placement) ?? 'added';
  const where = 'poison.rows';
  const tensors = await readBundle(poison.rows, blobs, where);
  const y = requireTensor(tensors, 'y', { rank: 1, integer: true }, where).int32();
  const shape = [y.length, board.dataset.features];
  const x = requireTensor(tensors, 'x', { leading: y.length, finite: true }, where);
  if (String(x.shape) !== String(shape)) throw invalid(`${where}.x`, x.shape, String(shape));
  const stray = y.find((label) => label < 0 || label >= board.classes);
  if (stray !== undefined) throw invalid('poison.y', stray, `0 to ${board.classes - 1}`);
  const base = tensors.has('base')
    ? requireTensor(tensors, 'base', { shape: [y.length], integer: true }, where).int32()
    : undefined;
  if (placement === 'replaced') requireBase(board, base);
  return { x: x.float32(), rows: board.rowsOf(x.float32(), y), base, placement };
}

function requireBase({ clean }: Board, base: Int32Array | undefined): void {
  const distinct = new Set(base);
  const fits = base?.every((row) => row >= 0 && row < clean.count) === true && distinct.size === base.length;
  if (!fits) throw invalid('poison.base', base === undefined ? undefined : [...base], 'distinct rows of mu');
}

/** chi: all rows, clean ones first. */
export function mixtureOf({ clean }: Board, nu: Nu | undefined): Rows {
  if (nu === undefined) return clean;
  const { rows, base, placement } = nu;
  if (placement === 'replaced' && base !== undefined) return replacedRows(clean, rows, base) as Rows;
  const x = Float32Array.from([...clean.x, ...rows.x]);
  return { x, y: Int32Array.from([...clean.y, ...rows.y]), count: clean.count + rows.count, features: clean.features };
}

/** A finite vector as long as `size`. Throws INVALID_ARGUMENT naming `field`. */
export async function readVector(
  bundle: TensorBundle | undefined,
  size: number,
  blobs: BlobStore,
  name: string,
  field = name,
): Promise<Float32Array> {
  const found = requireTensor(await readBundle(bundle, blobs, field), name, { rank: 1, finite: true }, field).float32();
  if (found.length !== size) throw invalid(field, `${found.length} values`, `${size} values`);
  return found;
}

/** Steps of some work until its end or that of its budget; each takes a millisecond at least. */
export async function* slicesOf<Outcome>(
  work: {
    readonly fingerprint: string;
    readonly of: number;
    readonly start: Float32Array;
    step(w: Float32Array, k: number): Float32Array;
    outcome(w: Float32Array): Promise<Outcome>;
  },
  request: { readonly resumeFrom: Parameters<BlobStore['get']>[0]; readonly sliceSeconds: number },
  { blobs, signal }: CallContext,
) {
  if (request.sliceSeconds < 0 || request.sliceSeconds > limits.sliceSeconds)
    throw invalid('slice_seconds', request.sliceSeconds, `at most ${limits.sliceSeconds}`);
  const budget = 1000 * (request.sliceSeconds || limits.sliceSeconds);
  const from =
    request.resumeFrom && decodePlainState(await blobs.get(request.resumeFrom, 'resume_from'), work.fingerprint);
  let [step, w] = [from?.step ?? 0, (from?.arrays['w'] as Float32Array | undefined) ?? work.start];
  const started = performance.now();
  for (let told = started; step < work.of && performance.now() - started < budget; step++) {
    signal.throwIfAborted();
    w = work.step(w, step);
    await sleep(1);
    if (performance.now() - told < 200) continue;
    told = performance.now();
    const seconds = (told - started) / 1000;
    yield { event: { $case: 'progress' as const, value: { step: step + 1, of: work.of, seconds, metrics: {} } } };
  }
  const done = step === work.of;
  const state: PlainState = { step, of: work.of, done, scalars: {}, arrays: { w } };
  const checkpoint = { state: await blobs.put(encodePlainState(state, work.fingerprint)), step, of: work.of, done };
  yield { event: { $case: 'end' as const, value: { checkpoint, outcome: done ? await work.outcome(w) : undefined } } };
}
