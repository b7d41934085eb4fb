/** The three services as the driver sees them, each with the blobs it keeps for its callers. */
import type { AttackerServiceClient } from '@theriac/contract/attacker';
import type { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import type { BackendDescription } from '@theriac/contract/game';
import type { BlobsServiceClient } from '@theriac/contract/tensor';
import type { TrainerServiceClient } from '@theriac/contract/trainer';
import type { Patience, Recovery } from '@theriac/service-kit';

export type Role = 'trainer' | 'attacker' | 'evaluator';
export const roles: readonly Role[] = ['trainer', 'attacker', 'evaluator'];

/** A service, by the replica in use: address, client and blobs are other ones after `recover`. */
export interface Player<C> {
  readonly role: Role;
  readonly address: string;
  readonly client: C;
  readonly blobs: BlobsServiceClient;
  /** Finds a replica that serves and computes with the same engine, or starts the service anew; see `Replicas`. */
  recover(signal: AbortSignal): Promise<{ readonly how: Recovery; readonly why: string }>;
  /** From now on a replica has to compute with this engine to take over. */
  expect(backend: BackendDescription | undefined): void;
}

export interface Players {
  readonly trainer: Player<TrainerServiceClient>;
  readonly attacker: Player<AttackerServiceClient>;
  readonly evaluator: Player<EvaluatorServiceClient>;
  /** How long the driver goes on with services that fail. */
  readonly patience: Patience;
  /** Told when services are lost and found. */
  readonly watchers: Set<(happening: Happening) => void>;
  /** Closes the connections, not the services. */
  close(): void;
}

/** Something that befell a service while it was needed. */
export type Happening =
  | {
      readonly kind: 'lost';
      /** What was being done. */
      readonly label: string;
      readonly why: string;
      /** Failures in a row without progress; 0: the service is only busy. */
      readonly failures: number;
      readonly of: number;
      readonly waitSeconds: number;
    }
  | {
      readonly kind: 'recovered';
      readonly label: string;
      readonly role: Role;
      readonly address: string;
      readonly how: Recovery;
      /** What became of a service that was started anew. */
      readonly why: string;
      /** Since it was lost. */
      readonly afterSeconds: number;
    };
