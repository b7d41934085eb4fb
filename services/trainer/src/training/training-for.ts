/** The training of a task: what the protocol says, under the defences that act within training. */
import type { DefenceChoice } from '@theriac/game';
import { convergedTraining } from './converged-training';
import { minibatchTraining } from './minibatch-training';
import type { Protocol } from './protocol';
import type { Training, TrainingTask } from './training';

/** Training of `task` by `protocol`; `defences` are those of kinds training and ensemble. The caller disposes. */
export function trainingFor(protocol: Protocol, task: TrainingTask, defences: readonly DefenceChoice[] = []): Training {
  void defences;
  return protocol.kind === 'converged' ? convergedTraining(protocol, task) : minibatchTraining(protocol, task);
}
