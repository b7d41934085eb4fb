import { TheriacError, type ErrorDetail } from '@theriac/tensors';

/** A TheriacError with a message that was composed elsewhere: on the other side of a call or a thread. */
export function restoredError(message: string, detail: ErrorDetail): TheriacError {
  const error = new TheriacError('', detail);
  error.message = message;
  return error;
}
