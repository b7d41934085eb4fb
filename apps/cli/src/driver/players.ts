/** The three services as the driver sees them, each with the blobs it keeps for its callers. */
import type { AttackerServiceClient } from '@theriac/contract/attacker';
import type { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import type { BlobsServiceClient } from '@theriac/contract/tensor';
import type { TrainerServiceClient } from '@theriac/contract/trainer';

export type Role = 'trainer' | 'attacker' | 'evaluator';
export const roles: readonly Role[] = ['trainer', 'attacker', 'evaluator'];

export interface Player<C> {
  readonly role: Role;
  readonly address: string;
  readonly client: C;
  readonly blobs: BlobsServiceClient;
}

export interface Players {
  readonly trainer: Player<TrainerServiceClient>;
  readonly attacker: Player<AttackerServiceClient>;
  readonly evaluator: Player<EvaluatorServiceClient>;
  /** Closes the connections, not the services. */
  close(): void;
}
