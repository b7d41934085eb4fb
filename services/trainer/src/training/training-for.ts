/** The training of a task: what the protocol says, under the defences that act within training. */
import type { DefenceChoice } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { hardeningOf, partitionsOf } from '../defences/within-training';
import { convergedTraining } from './converged-training';
import { measuredTraining } from './measured-training';
import type { MeasuredTraining } from './measured-training';
import { minibatchTraining } from './minibatch-training';
import { partitionedTraining } from './partitions/partitioned-training';
import { privacyGuarantee } from './privacy/guarantee';
import type { Protocol } from './protocol';
import type { StoredUnits } from './robust-rows';
import { adversaryOf } from './robust-rows';
import type { Training, TrainingTask } from './training';

/**
 * Training of `task` by `protocol`, and its measure; `defences` are those of kinds training and ensemble, `stored` says what a
 * stored unit is. Throws FAILED_PRECONDITION or INVALID_ARGUMENT where they do not fit protocol, model or data. The caller disposes.
 */
export function trainingFor(
  protocol: Protocol,
  task: TrainingTask,
  defences: readonly DefenceChoice[],
  stored: () => StoredUnits,
): MeasuredTraining {
  const { privacy, adversary } = hardeningOf(defences);
  const partitions = partitionsOf(defences);

  function plain(own: TrainingTask): Training {
    if (protocol.kind === 'minibatch') {
      const moves = adversary === undefined ? undefined : adversaryOf(own.model, adversary, stored());
      return minibatchTraining(protocol, own, { privacy, adversary: moves });
    }
    if (privacy !== undefined) throw needsBatches('dp-sgd', protocol.id);
    if (adversary !== undefined) throw needsBatches('adversarial-training', protocol.id);
    return convergedTraining(protocol, own);
  }

  const single = (own: TrainingTask): MeasuredTraining => measuredTraining(plain(own), own.oracles, own.data.rows);
  if (partitions === undefined) return single(task);
  const guarantee =
    privacy === undefined || protocol.kind === 'converged'
      ? undefined
      : (rows: number) => privacyGuarantee(protocol, rows, privacy);
  return partitionedTraining(partitions, task, single, guarantee);
}

function needsBatches(defence: string, protocol: string): TheriacError {
  return new TheriacError(`The defence ${defence} acts on minibatches, and ${protocol} has none.`, {
    code: 'FAILED_PRECONDITION',
    field: 'defence',
    found: `${defence} with protocol ${protocol}`,
    allowed: 'a protocol of minibatches, such as p-gc or stable-sgd',
    remedy: 'Choose another protocol, or leave the defence out.',
  });
}
