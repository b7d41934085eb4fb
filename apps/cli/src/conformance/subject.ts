/** What is checked: one service, what it says of itself, and the small game that both sides know. */
import type { AttackerServiceClient } from '@theriac/contract/attacker';
import type { AttackerServiceDescribeResponse } from '@theriac/contract/attacker';
import type { EvaluatorServiceClient, EvaluatorServiceDescribeResponse } from '@theriac/contract/evaluator';
import type { TrainerServiceClient, TrainerServiceDescribeResponse } from '@theriac/contract/trainer';
import type { CallSettings } from '@theriac/service-kit';
import type { Player } from '../driver/players';
import type { KnownGame } from './known-game';

export interface Subject<C, A> extends Pick<Player<C>, 'role' | 'address' | 'client' | 'blobs'> {
  /** Its answer to Describe. */
  readonly about: A;
  readonly game: KnownGame;
  /** For every call: the deadline, and the signal that ends the check. */
  readonly settings: CallSettings;
}

export type TrainerSubject = Subject<TrainerServiceClient, TrainerServiceDescribeResponse>;
export type AttackerSubject = Subject<AttackerServiceClient, AttackerServiceDescribeResponse>;
export type EvaluatorSubject = Subject<EvaluatorServiceClient, EvaluatorServiceDescribeResponse>;
export type AnySubject = TrainerSubject | AttackerSubject | EvaluatorSubject;
