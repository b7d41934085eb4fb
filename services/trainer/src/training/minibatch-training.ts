/** Minibatch training of F(chi; w) = (1/N) sum ell, step by step over a plain state. */
import type { PlainState, Rows } from '@theriac/game';
import { randomStream, TheriacError } from '@theriac/tensors';
import { batchesPerEpoch, epochBatches } from './batches';
import type { Batches } from './batches';
import { cropAndFlip } from './crop-and-flip';
import { keepMasks } from './dropout-masks';
import { learningRateAt } from './learning-rate';
import { minibatchStep } from './minibatch-step';
import { privacyGuarantee, privateEpoch } from './privacy/guarantee';
import type { PrivacySettings } from './privacy/guarantee';
import { joiningRows } from './privacy/joining-rows';
import { privateStep } from './privacy/private-step';
import type { MinibatchProtocol } from './protocol';
import type { Adversary } from './robust-rows';
import type { Trained, Training, TrainingTask } from './training';

/** What defences change within minibatch training. */
export interface Hardening {
  /** Gradients of rows are shortened, noise is added, and rows join batches independently. */
  readonly privacy?: PrivacySettings | undefined;
  /** Moves the rows of each batch before the step; disposed with the training. */
  readonly adversary?: Adversary | undefined;
}

/** Training of `task` by `protocol`. The caller disposes. */
export function minibatchTraining(
  protocol: MinibatchProtocol,
  task: TrainingTask,
  { privacy, adversary }: Hardening = {},
): Training {
  const { model, data, seed } = task;
  const p = model.layout.size;
  const drawn = privacy === undefined ? undefined : privateEpoch(protocol, data.rows.count);
  const perEpoch = drawn?.steps ?? batchesPerEpoch(protocol, data.clean, data.added);
  const of = perEpoch * protocol.epochs;
  const compiled =
    privacy === undefined || drawn === undefined
      ? minibatchStep(protocol, model)
      : privateStep(protocol, model, { ...privacy, expectedBatch: drawn.batch, seed });
  const slotNames = Array.from({ length: compiled.slots }, (_, k) => `slot${k}`);
  const augments = protocol.augmentation === 'crop-and-flip' && data.image !== undefined;
  let shuffled: { epoch: number; batches: Batches } | undefined;

  function indicesOf(step: number): Int32Array {
    if (drawn !== undefined) return joiningRows(data.rows.count, drawn.batch / data.rows.count, seed, step);
    const epoch = Math.floor(step / perEpoch);
    if (shuffled?.epoch !== epoch)
      shuffled = { epoch, batches: epochBatches(protocol, data.clean, data.added, seed, epoch) };
    return shuffled.batches.batch(step % perEpoch);
  }

  /** The rows of a batch where they cannot be gathered within the graph. */
  function rowsOf(indices: Int32Array, step: number, w: Float32Array): Rows {
    const found = data.gather(indices);
    const rows =
      data.image === undefined || !augments
        ? found
        : { ...found, x: cropAndFlip(found.x, data.image, randomStream(seed, 'augmentation', step)) };
    return adversary === undefined ? rows : adversary.moved(w, rows, randomStream(seed, 'adversary', step));
  }

  function masksOf(rows: number, step: number): Uint8Array[] {
    const drops = protocol.dropout === 'always' || step < perEpoch;
    return drops ? keepMasks(model.training?.dropout ?? [], rows, seed, step) : [];
  }

  return {
    ...(privacy === undefined ? {} : { privacy: privacyGuarantee(protocol, data.rows.count, privacy) }),
    start(): PlainState {
      const slots = slotNames.map((name): [string, Float32Array] => [name, new Float32Array(compiled.trained)]);
      const w = model.initialise(randomStream(seed, 'initialisation'));
      return {
        step: 0,
        of,
        done: of === 0,
        scalars: { loss: 0, epochLoss: 0 },
        arrays: { w, ...Object.fromEntries(slots), kept: new Float32Array(0) },
      };
    },
    step({ step, scalars, arrays }): PlainState {
      const indices = indicesOf(step);
      const resident = augments || adversary !== undefined ? undefined : data.resident();
      const before = arrays['w'] as Float32Array;
      const found = compiled.run(
        {
          batch: { indices, rows: resident === undefined ? rowsOf(indices, step, before) : undefined },
          masks: masksOf(indices.length, step),
          learningRate: learningRateAt(protocol, step, perEpoch),
          count: step + 1,
          w: before,
          slots: slotNames.map((name) => arrays[name] as Float32Array),
        },
        resident,
      );
      const { loss, w, slots } = found;
      if (!Number.isFinite(loss)) throw diverged(protocol, Math.floor(step / perEpoch), loss);
      const taken = step + 1;
      const kept = arrays['kept'] as Float32Array;
      return {
        step: taken,
        of,
        done: taken === of,
        scalars: {
          loss,
          epochLoss: (step % perEpoch === 0 ? 0 : (scalars['epochLoss'] as number)) + loss / perEpoch,
        },
        arrays: {
          w,
          ...Object.fromEntries(slotNames.map((name, k) => [name, slots[k] as Float32Array])),
          kept: taken % perEpoch === 0 && isKept(taken / perEpoch) ? appended(kept, w) : kept,
        },
      };
    },
    metrics: (state) => ({ loss: state.scalars['loss'] as number, epoch: state.step / perEpoch }),
    result(state): Trained {
      const kept = state.arrays['kept'] as Float32Array;
      return { parameters: state.arrays['w'] as Float32Array, kept, keptCount: kept.length / p, stopped: 'epochs' };
    },
    dispose() {
      compiled.dispose();
      adversary?.dispose();
    },
  };

  /** Whether the parameters after so many epochs will be among the last ones: others would only make checkpoints larger. */
  function isKept(epochs: number): boolean {
    return epochs > protocol.epochs - task.keepEpochs;
  }
}

/** The vectors of `kept`, then `w`. */
function appended(kept: Float32Array, w: Float32Array): Float32Array {
  const all = new Float32Array(kept.length + w.length);
  all.set(kept);
  all.set(w, kept.length);
  return all;
}

function diverged(protocol: MinibatchProtocol, epoch: number, loss: number): TheriacError {
  return new TheriacError(`Training diverged in epoch ${epoch + 1} of protocol ${protocol.id}.`, {
    code: 'ABORTED',
    field: 'protocol',
    found: `loss ${loss}`,
    allowed: 'a finite loss',
    remedy: 'Train with a smaller learning rate (stable-sgd), or constrain the poison.',
  });
}
