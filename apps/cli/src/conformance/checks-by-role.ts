/** Every check, by role. */
import type { Role } from '../driver/players';
import type { Check } from './check';
import { attackChecks } from './checks/attacks';
import { blobChecks } from './checks/blobs';
import { craftingChecks } from './checks/crafting';
import { derivativeChecks } from './checks/derivatives';
import { describeChecks } from './checks/describe';
import { judgementChecks } from './checks/judgements';
import { scoreChecks } from './checks/scores';
import { sessionChecks } from './checks/sessions';
import { sliceChecks } from './checks/slices';
import { solvingChecks } from './checks/solving';
import { trainingChecks } from './checks/training';
import { verificationChecks } from './checks/verification';
import { corruptionJob, craftingJob } from './crafting-work';
import type { AttackerSubject, EvaluatorSubject, TrainerSubject } from './subject';
import { trainingJob } from './training-work';

export const trainerChecks: readonly Check<TrainerSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...sliceChecks(trainingJob),
  ...trainingChecks,
  ...sessionChecks,
  ...derivativeChecks,
  ...solvingChecks,
];

export const attackerChecks: readonly Check<AttackerSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...attackChecks,
  ...sliceChecks(craftingJob),
  ...craftingChecks,
  ...sliceChecks(corruptionJob),
];

export const evaluatorChecks: readonly Check<EvaluatorSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...scoreChecks,
  ...judgementChecks,
  ...verificationChecks,
];

/** The ids and promises of a role's checks, in the order in which they are made. */
export const promises: Readonly<Record<Role, readonly Pick<Check<never>, 'id' | 'promise'>[]>> = {
  trainer: trainerChecks,
  attacker: attackerChecks,
  evaluator: evaluatorChecks,
};
