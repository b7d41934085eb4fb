/** Every check, by role. */
import { callUnary } from '@theriac/service-kit';
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
import { tensorChecks } from './checks/tensors';
import type { Taken } from './checks/tensors';
import { trainingChecks } from './checks/training';
import { verificationChecks } from './checks/verification';
import { corruptionJob, corruptionWork, craftingJob, epsilonW } from './crafting-work';
import { clean, close, requireOracle, sessionOf } from './session';
import { allSlices, endOf } from './slices';
import type { AttackerSubject, EvaluatorSubject, TrainerSubject } from './subject';
import { trainingJob } from './training-work';

const takenByTrainer: Taken<TrainerSubject> = async (s, parameters) => {
  requireOracle(s);
  const request = { game: s.game.spec, parameters, poison: undefined, leaseSeconds: 0 };
  const { sessionId } = await callUnary(s.client, 'openSession', request, s.settings);
  const { loss, norm } = await sessionOf(s, sessionId).gradient(clean);
  await close(s, sessionId);
  return JSON.stringify([loss, norm]);
};

const takenByAttacker: Taken<AttackerSubject> = async (s, parameters) => {
  const work = await corruptionWork(s, { epsilonW, seed: 5 }, parameters);
  return endOf(work, await allSlices(work, { sliceSeconds: Math.min(30, s.about.limits?.sliceSeconds ?? 20) }));
};

const takenByEvaluator: Taken<EvaluatorSubject> = async (s, parameters) =>
  JSON.stringify(await callUnary(s.client, 'threshold', { game: s.game.spec, parameters }, s.settings));

export const trainerChecks: readonly Check<TrainerSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...tensorChecks(takenByTrainer),
  ...sliceChecks(trainingJob),
  ...trainingChecks,
  ...sessionChecks,
  ...derivativeChecks,
  ...solvingChecks,
];

export const attackerChecks: readonly Check<AttackerSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...tensorChecks(takenByAttacker),
  ...attackChecks,
  ...sliceChecks(craftingJob),
  ...craftingChecks,
  ...sliceChecks(corruptionJob),
];

export const evaluatorChecks: readonly Check<EvaluatorSubject>[] = [
  ...describeChecks,
  ...blobChecks,
  ...tensorChecks(takenByEvaluator),
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
