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

/** What is played with one seed's stream. */
export interface Arm {
  readonly name: 'clean' | 'clean-defended' | 'undefended' | 'defended';
  readonly attacked: boolean;
  readonly defended: boolean;
}

/** The four trainers of every seed. */
export const arms: readonly Arm[] = [
  { name: 'clean', attacked: false, defended: false },
  { name: 'clean-defended', attacked: false, defended: true },
  { name: 'undefended', attacked: true, defended: false },
  { name: 'defended', attacked: true, defended: true },
];

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
