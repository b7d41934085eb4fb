/** One slice of training: from a checkpoint to the next, or to the end. */
import { createHash } from 'node:crypto';
import { poisonRows, runSlice } from '@theriac/board';
import type { Board, SliceProgress, StoredRows } from '@theriac/board';
import { toModelInput } from '@theriac/datasets';
import type { Oracles, PlainState } from '@theriac/game';
import type { ComputeContext } from '@theriac/service-kit';
import { convergedTraining } from '../training/converged-training';
import type { ImageRows } from '../training/crop-and-flip';
import { measuredTraining } from '../training/measured-training';
import type { MeasuredTraining } from '../training/measured-training';
import { minibatchTraining } from '../training/minibatch-training';
import { protocolFor } from '../training/protocol-for';
import { trainingData } from '../training/training-data';
import type { TrainingData } from '../training/training-data';
import { createShelf } from './shelf';
import type { Shelf } from './shelf';
import type { TrainInput, TrainOutcome, TrainOutput } from './methods';

type Slice = (
  input: TrainInput,
  board: Board,
  oracles: Oracles,
  context: ComputeContext<SliceProgress>,
) => Promise<TrainOutput>;

/** chi in memory, and the trainings compiled for it. */
interface Mixture {
  readonly data: TrainingData;
  readonly trainings: Shelf<MeasuredTraining>;
}

/** Runs slices; mixtures and compiled trainings stay for the next slice, seed or protocol. */
export function trainSlices(): Slice {
  const mixtures = createShelf<Mixture>(1, ({ data, trainings }) => {
    trainings.clear();
    data.dispose();
  });

  return async (input, board, oracles, context) => {
    const protocol = protocolFor(input.protocol, board.model, board.dataset);
    const dataKey = `${board.key}/${digestOf(input.poison)}`;
    const mixture = mixtures.borrow(dataKey, () => ({
      data: trainingData(
        board.clean,
        input.poison === undefined ? undefined : poisonRows(board, input.poison),
        imageOf(board),
      ),
      trainings: createShelf<MeasuredTraining>(2, (training) => training.dispose()),
    }));
    try {
      const { data, trainings } = mixture.value;
      const fingerprint = fingerprintOf(input, board, dataKey);
      const task = { model: board.model, oracles, data, seed: input.seed, keepEpochs: input.keepEpochs };
      const held = trainings.borrow(fingerprint, () => {
        const own =
          protocol.kind === 'converged' ? convergedTraining(protocol, task) : minibatchTraining(protocol, task);
        return measuredTraining(own, oracles, data.rows);
      });
      try {
        const training = held.value;
        const outcome = (state: PlainState, seconds: number): TrainOutcome => ({
          ...training.result(state),
          layout: board.model.layout,
          seconds,
        });
        return await runSlice({ ...training, fingerprint, outcome }, input.state, input.sliceSeconds, context);
      } finally {
        held.release();
      }
    } finally {
      mixture.release();
    }
  };
}

/** What augmentation must know of the images; undefined where rows are none. */
function imageOf({ dataset, scaling }: Board): ImageRows | undefined {
  const { shape, features } = dataset;
  if (shape.length !== 3) return undefined;
  const stored = { count: 1, features, stored: new Uint8Array(features), labels: new Uint8Array(1) };
  return { shape, black: toModelInput(stored, dataset, scaling) };
}

function digestOf(poison: StoredRows | undefined): string {
  if (poison === undefined) return 'clean';
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [poison.x, poison.y])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}

/** Everything that determines the result of training. */
function fingerprintOf(input: TrainInput, board: Board, data: string): string {
  const { protocol, seed, keepEpochs } = input;
  return JSON.stringify({ data, digest: board.dataset.digest, protocol, seed, keepEpochs });
}
