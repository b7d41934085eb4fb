/** One slice of training: from a checkpoint to the next, or to the end. */
import { mixtureOf, runSlice } from '@theriac/board';
import type { Board, PlacedRows, SliceProgress } from '@theriac/board';
import { toModelInput } from '@theriac/datasets';
import { defenceText, isHeld, sha256Hex } from '@theriac/game';
import type { Oracles, PlainState } from '@theriac/game';
import type { ComputeContext } from '@theriac/service-kit';
import { keptData } from '../defences/kept-data';
import { splitDefences } from '../defences/registry';
import { sanitise } from '../defences/sanitising';
import type { ImageRows } from '../training/crop-and-flip';
import type { MeasuredTraining } from '../training/measured-training';
import { protocolFor } from '../training/protocol-for';
import { trainingData } from '../training/training-data';
import type { TrainingData } from '../training/training-data';
import { trainingFor } from '../training/training-for';
import type { StoredUnits } from '../training/robust-rows';
import { defendedTraining, undefendedTraining } from './defended-training';
import type { ChosenSanitiser } from './defended-training';
import { createShelf } from './shelf';
import type { Borrowed, Shelf } from './shelf';
import type { TrainInput, TrainOutcome, TrainOutput } from './methods';

type Slice = (
  input: TrainInput,
  board: Board,
  oracles: Oracles,
  context: ComputeContext<SliceProgress>,
) => Promise<TrainOutput>;

/** Rows that are trained on, and the trainings compiled for them. */
interface Mixture {
  readonly data: TrainingData;
  readonly trainings: Shelf<MeasuredTraining>;
}

/** Results of sanitisers that are kept, so that seeds and protocols share them. */
const removalsKept = 16;

/** Runs slices; mixtures, compiled trainings and what sanitisers removed stay for the next slice, seed or protocol. */
export function trainSlices(): Slice {
  const mixtures = createShelf<Mixture>(1, ({ data, trainings }) => {
    trainings.clear();
    data.dispose();
  });
  const removals = new Map<string, Int32Array>();

  return async (input, board, oracles, context) => {
    const protocol = protocolFor(input.protocol, board.model, board.dataset);
    const dataKey = `${board.key}/${digestOf(input.poison)}`;
    const fingerprint = fingerprintOf(input, board, dataKey);
    const { chain, within } = splitDefences(input.defence ?? []);
    const chi = (): TrainingData => {
      const { mu, nu } = mixtureOf(board, input.poison);
      return trainingData(mu, nu, imageOf(board));
    };

    /** chi without `removed`, on the shelf. */
    function borrowRows(removed: Int32Array) {
      const key = removed.length === 0 ? dataKey : `${dataKey}/without ${sha256Hex(removed)}`;
      return mixtures.borrow(key, () => ({
        data: removed.length === 0 ? chi() : keptData(chi(), removed, isHeld(board.clean)),
        trainings: createShelf<MeasuredTraining>(2, (training) => training.dispose()),
      }));
    }

    const borrowed = oneAtATime((removed: Int32Array, last: boolean) => {
      const rows = borrowRows(removed);
      const { data, trainings } = rows.value;
      const task = { model: board.model, oracles, data, seed: input.seed, keepEpochs: input.keepEpochs };
      const own = trainings.borrow(`${fingerprint}/${last ? 'defended' : 'for a sanitiser'}`, () =>
        trainingFor(protocol, task, last ? within : [], () => storedUnits(board)),
      );
      return {
        value: own.value,
        release() {
          own.release();
          rows.release();
        },
      };
    });

    /** What `chosen` leaves of chi without `removed`: computed once for all slices, and for all trainings that agree on it. */
    async function remove({ sanitiser, choice }: ChosenSanitiser, removed: Int32Array, fitted: Float32Array) {
      const name = [dataKey, defenceText([choice]), sha256Hex(removed), sha256Hex(fitted)].join('/');
      const { model, validation: trusted } = board;
      const own = { sanitiser, choice, removed, trusted, model, oracles, fitted, pause: () => context.pause() };
      const found = removals.get(name) ?? (await sanitise({ ...own, chi: chi().rows }));
      removals.set(name, found);
      const oldest = removals.keys().next();
      if (removals.size > removalsKept && oldest.done === false) removals.delete(oldest.value);
      return found;
    }

    try {
      const training =
        chain.length === 0
          ? undefendedTraining(borrowed.get(new Int32Array(0), true))
          : defendedTraining({ chain, training: borrowed.get, remove });
      const outcome = (state: PlainState, seconds: number): TrainOutcome => ({
        ...training.result(state),
        layout: board.model.layout,
        rows: board.clean.count + (input.poison?.placement === 'replaced' ? 0 : (input.poison?.y.length ?? 0)),
        seconds,
      });
      return await runSlice({ ...training, fingerprint, outcome }, input.state, input.sliceSeconds, context);
    } finally {
      borrowed.release();
    }
  };
}

/** What a stored unit is in model input, and where the stored range lies. */
function storedUnits({ dataset, scaling }: Board): StoredUnits {
  const { features, storedRange } = dataset;
  const at = (value: number): Float32Array => {
    const stored = new Float32Array(features).fill(value);
    return toModelInput({ count: 1, features, stored, labels: new Uint8Array(1) }, dataset, scaling);
  };
  const [zero, one] = [at(0), at(1)];
  return {
    unit: one.map((value, k) => value - zero[k]!),
    range: storedRange === null ? undefined : { low: at(storedRange[0]), high: at(storedRange[1]) },
  };
}

/** What augmentation must know of the images; undefined where rows are none. */
function imageOf({ dataset, scaling }: Board): ImageRows | undefined {
  const { shape, features } = dataset;
  if (shape.length !== 3) return undefined;
  const stored = { count: 1, features, stored: new Uint8Array(features), labels: new Uint8Array(1) };
  return { shape, black: toModelInput(stored, dataset, scaling) };
}

function digestOf(poison: PlacedRows | undefined): string {
  if (poison === undefined) return 'clean';
  const { x, y, base, placement } = poison;
  const placed = placement === 'replaced' && base !== undefined;
  return `${sha256Hex(x, y, ...(placed ? [base] : []))}${placed ? '/replaced' : ''}`;
}

/** One borrowed thing at a time, the last that was asked for. */
function oneAtATime(borrow: (removed: Int32Array, last: boolean) => Borrowed<MeasuredTraining>) {
  let held: { readonly key: string; readonly thing: Borrowed<MeasuredTraining> } | undefined;
  const release = (): void => {
    held?.thing.release();
    held = undefined;
  };
  return {
    get(removed: Int32Array, last: boolean): MeasuredTraining {
      const key = `${last}/${sha256Hex(removed)}`;
      if (held?.key !== key) {
        release();
        held = { key, thing: borrow(removed, last) };
      }
      return held.thing.value;
    },
    release,
  };
}

/** Everything that determines the result of training. */
function fingerprintOf(input: TrainInput, board: Board, data: string): string {
  const { protocol, seed, keepEpochs, defence = [] } = input;
  const defended = defence.length === 0 ? {} : { defence: defenceText(defence) };
  return JSON.stringify({ data, digest: board.dataset.digest, protocol, seed, keepEpochs, ...defended });
}
