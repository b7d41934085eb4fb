import type { MinibatchSettings } from '../protocol';
import { epsilonOf } from './accountant';

/** What private training is determined by, beside its protocol. */
export interface PrivacySettings {
  /** C, the bound on the gradient of a row: > 0. */
  readonly clip: number;
  /** Deviation of the noise on the sum of gradients, in units of C: >= 0. */
  readonly noise: number;
  /** In (0, 1). */
  readonly delta: number;
}

/** How private a training is: (epsilon, delta), of neighbours that differ by one row. */
export interface PrivacyGuarantee extends PrivacySettings {
  /** null: without noise nothing is private. */
  readonly epsilon: number | null;
  /** q, the probability that a row joins a step. */
  readonly rate: number;
  readonly steps: number;
}

/**
 * Rows that a step of private training takes on average, and steps of an epoch, to the nearest whole number: each row joins each with
 * probability batch / rows, so that a step more would be a whole batch more.
 */
export function privateEpoch(
  { batch }: Pick<MinibatchSettings, 'batch'>,
  rows: number,
): { readonly batch: number; readonly steps: number } {
  return { batch: Math.min(batch, rows), steps: Math.max(1, Math.round(rows / batch)) };
}

/** The guarantee of training `rows` rows by a protocol with these settings: of every w on the way, not of the last one alone. */
export function privacyGuarantee(
  protocol: Pick<MinibatchSettings, 'batch' | 'epochs'>,
  rows: number,
  settings: PrivacySettings,
): PrivacyGuarantee {
  const epoch = privateEpoch(protocol, rows);
  const [rate, steps] = [epoch.batch / rows, epoch.steps * protocol.epochs];
  const { noise, delta } = settings;
  return { ...settings, epsilon: noise === 0 ? null : epsilonOf({ rate, noise, steps }, delta), rate, steps };
}
