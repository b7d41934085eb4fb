/** One slice of training: from a checkpoint to the next, or to the end. */
import { createHash } from 'node:crypto';
import { poisonRows } from '@theriac/board';
import type { Board, StoredRows } from '@theriac/board';
import type { Oracles } from '@theriac/game';
import { decodePlainState, encodePlainState, norm } from '@theriac/game';
import type { ComputeContext } from '@theriac/service-kit';
import { convergedTraining } from '../training/converged-training';
import { minibatchTraining } from '../training/minibatch-training';
import { protocolFor } from '../training/protocol';
import { residentRows } from '../training/resident-rows';
import type { ResidentRows } from '../training/resident-rows';
import type { SliceProgress, TrainInput, TrainOutput } from './methods';

/** Seconds between two progress events. */
const progressEvery = 0.25;

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
    const started = performance.now();
    const protocol = protocolFor(input.protocol, board.model);
    const data = place(board, input.poison);
    const task = { model: board.model, oracles, data, seed: input.seed, keepEpochs: input.keepEpochs };
    const training =
      protocol.kind === 'converged' ? convergedTraining(protocol, task) : minibatchTraining(protocol, task);
    const seconds = (): number => (performance.now() - started) / 1000;
    try {
      const fingerprint = fingerprintOf(input, board, data.key);
      let state = input.state === undefined ? training.start() : decodePlainState(input.state, fingerprint);
      const before = (state.scalars['seconds'] as number | undefined) ?? 0;
      const { seconds: _, ...scalars } = state.scalars;
      state = { ...state, scalars };
      let reported = 0;
      while (!state.done && seconds() < input.sliceSeconds) {
        state = training.step(state);
        if (seconds() - reported >= progressEvery) {
          reported = seconds();
          context.emit({ step: state.step, of: state.of, seconds: reported, metrics: training.metrics(state) });
        }
        await context.pause();
      }
      const { step, of, done } = state;
      const outcome = done ? outcomeOf() : undefined;
      const bytes = encodePlainState(
        { ...state, scalars: { ...state.scalars, seconds: before + seconds() } },
        fingerprint,
      );
      return { state: bytes, step, of, done, outcome };

      function outcomeOf(): NonNullable<TrainOutput['outcome']> {
        const { w, kept, keptCount, stopped } = training.result(state);
        const { loss, gradient } = oracles.gradient(w, data.rows);
        const gradientNorm = norm(gradient);
        const layout = board.model.layout;
        return { parameters: w, kept, keptCount, layout, loss, gradientNorm, stopped, seconds: before + seconds() };
      }
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
