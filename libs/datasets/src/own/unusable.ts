import { TheriacError } from '@theriac/tensors';

/** The error for a user's own data that cannot be played on: what is wrong where, what is allowed, what to do. */
export function unusable(sentence: string, allowed: string, remedy = 'Correct the data.'): TheriacError {
  return new TheriacError(sentence, { code: 'INVALID_ARGUMENT', field: 'dataset', allowed, remedy });
}
