/** What defences within training guarantee: privacy, and the certificates of a vote; from answers to records, from records to the card. */
import type { TrainOutcome } from '@theriac/contract/trainer';
import { certifiedShare, spread } from '@theriac/game';
import type { Manifest, PrivacyCard, ProtocolCard } from '@theriac/game';
import type { FinishedTraining } from './records';

/** What the trainer tells of its guarantees, as a record has it. */
export function guaranteesOf({ privacy, members }: Pick<TrainOutcome, 'privacy' | 'members'>): {
  privacy?: PrivacyCard;
  members?: number;
} {
  return {
    ...(privacy === undefined ? {} : { privacy: { ...privacy, epsilon: privacy.epsilon ?? null } }),
    ...(members === undefined ? {} : { members }),
  };
}

/** Certified accuracies in percent: entry s is that under s rows inserted or deleted, the last one above 0. */
export function certifiedAccuracies(certificates: ArrayLike<number>): number[] {
  const shares: number[] = [];
  for (let rows = 0; ; rows++) {
    const share = certifiedShare(certificates, rows);
    if (share === 0) return shares;
    shares.push(100 * share);
  }
}

type Runs = readonly (FinishedTraining | undefined)[];

/** Privacy and certificates of a protocol, where its defence gives them; `poison` is the number of poison rows. */
export function guaranteesCard(
  clean: Runs,
  poisoned: Runs,
  poison: number,
  { attack }: Pick<Manifest, 'attack'>,
): Pick<ProtocolCard, 'privacy' | 'vote'> {
  const scored = [...poisoned, ...clean].flatMap((run) => (run?.status === 'scored' ? [run] : []));
  const privacy = scored.find((run) => run.privacy !== undefined)?.privacy;
  const members = scored.find((run) => run.members !== undefined)?.members;
  if (members === undefined) return privacy === undefined ? {} : { privacy };
  const at = (rows: number) => (run: FinishedTraining | undefined) =>
    run?.status === 'scored' ? (run.scores.certified?.[rows] ?? 0) : null;
  // A row in place of another is one that went and one that came.
  const changes = attack?.placement === 'replaced' ? 2 * poison : poison;
  // What a sanitiser leaves out changes with the poison in more than the rows of the poison.
  const whole = scored.every(({ removed }) => (removed?.rows ?? 0) === 0);
  return {
    ...(privacy === undefined ? {} : { privacy }),
    vote: {
      members,
      clean: spread(clean.map(at(1))),
      poisoned: spread(poisoned.map(at(1))),
      ...(poison > 0 && whole ? { floor: spread(clean.map(at(changes))) } : {}),
    },
  };
}
