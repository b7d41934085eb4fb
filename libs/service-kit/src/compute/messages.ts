import { TheriacError, type ErrorDetail } from '@theriac/tensors';
import { restoredError } from '../restored-error';

/** From the service to its worker. */
export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly input: unknown }
  | { readonly kind: 'cancel'; readonly id: number; readonly reason: PlainError }
  | { readonly kind: 'end' };

/** From the worker to its service. */
export type FromWorker =
  | { readonly kind: 'event'; readonly id: number; readonly event: unknown }
  | { readonly kind: 'output'; readonly id: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'held'; readonly held: Held };

/** What the worker's engine holds. */
export interface Held {
  readonly tensors: number;
  readonly bytes: number;
}

/** An error as data: a TheriacError keeps its detail across the thread boundary. */
export interface PlainError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly detail: ErrorDetail | undefined;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, detail: undefined };
  const detail = error instanceof TheriacError ? { ...error.detail } : undefined;
  return { message: error.message, stack: error.stack, detail };
}

export function errorOf({ message, stack, detail }: PlainError): Error {
  const error = detail ? restoredError(message, detail) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
