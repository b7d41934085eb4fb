/** One slice of training: from a checkpoint to the next, or to the end. */
import { createHash } from 'node:crypto';
import { poisonRows, runSlice } from '@theriac/board';
import type { Board, SliceProgress, StoredRows } from '@theriac/board';
import { norm } from '@theriac/game';
import type { Oracles, PlainState } from '@theriac/game';
import type { ComputeContext } from '@theriac/service-kit';
import { convergedTraining } from '../training/converged-training';
import { minibatchTraining } from '../training/minibatch-training';
import { protocolFor } from '../training/protocol';
import { residentRows } from '../training/resident-rows';
import type { ResidentRows } from '../training/resident-rows';
import type { TrainInput, TrainOutcome, TrainOutput } from './methods';

type Slice = (
  input: TrainInput,
  board: Board,
  oracles: Oracles,
  context: ComputeContext<SliceProgress>,
) => Promise<TrainOutput>;

/** Runs slices; the mixture of the last game stays in memory for the next slice, seed or protocol. */
export function trainSlices(): Slice {
  let resident: ResidentRows | undefined;

  function place(board: Board, poison: StoredRows | undefined): ResidentRows {
    const key = `${board.key}/${digestOf(poison)}`;
    if (resident?.key === key) return resident;
    resident?.dispose();
    resident = undefined;
    resident = residentRows(key, board.clean, poison === undefined ? undefined : poisonRows(board, poison));
    return resident;
  }

  return async (input, board, oracles, context) => {
    const protocol = protocolFor(input.protocol, board.model);
    const data = place(board, input.poison);
    const task = { model: board.model, oracles, data, seed: input.seed, keepEpochs: input.keepEpochs };
    const training =
      protocol.kind === 'converged' ? convergedTraining(protocol, task) : minibatchTraining(protocol, task);
    const work = {
      ...training,
      fingerprint: fingerprintOf(input, board, data.key),
      outcome(state: PlainState, seconds: number): TrainOutcome {
        const trained = training.result(state);
        const { loss, gradient } = oracles.gradient(trained.parameters, data.rows);
        return { ...trained, layout: board.model.layout, loss, gradientNorm: norm(gradient), seconds };
      },
    };
    try {
      return await runSlice(work, input.state, input.sliceSeconds, context);
    } finally {
      training.dispose();
    }
  };
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
