/** An online game in progress, its trainers, and what is remembered of each. */
import type { Dataset } from '@theriac/datasets';
import type { StageCounts } from '@theriac/game/online';
import type { Game } from '../driver/game';
import type { FileRef } from '../driver/run-directory';
import type { OnlineManifest } from './online-settings';

export interface OnlineGame extends Game {
  readonly manifest: OnlineManifest;
  readonly dataset: Dataset;
}

/** A trainer that is played with every seed's stream. */
export interface Arm {
  /** Names its records: "clean" (no attacker), "attacked", and with the number of a defence, "attacked-1". */
  readonly name: string;
  readonly attacked: boolean;
  /** Canonical text of its defences; "none". */
  readonly defence: string;
}

/** The trainers of every seed: with and without attacker, undefended and under each chain of defences. */
export function armsOf({ online, poisonFraction }: Pick<OnlineManifest, 'online' | 'poisonFraction'>): Arm[] {
  const kinds = poisonFraction > 0 ? [false, true] : [false];
  return ['none', ...online.defences].flatMap((defence, index) =>
    kinds.map((attacked) => ({
      name: `${attacked ? 'attacked' : 'clean'}${index === 0 ? '' : `-${index}`}`,
      attacked,
      defence,
    })),
  );
}

/** A score in percent and nats. */
export interface Scored {
  readonly tick: number;
  readonly accuracy: number;
  readonly loss: number;
}

export interface Totals {
  readonly honest: StageCounts;
  readonly poison: StageCounts;
  readonly rolledBack: number;
}

/** The record of a trajectory; `status` is "played" at its end, "diverged" where it left the finite numbers. */
export interface TrajectoryRecord {
  readonly status: 'running' | 'played' | 'diverged';
  readonly tick: number;
  readonly curve: readonly Scored[];
  readonly totals: Totals;
  readonly state: FileRef;
}

/** What the attacker and the trainer start from. */
export interface Start {
  readonly w: Float32Array;
  readonly wReversed: Float32Array;
  readonly accuracy: number;
  readonly loss: number;
}
