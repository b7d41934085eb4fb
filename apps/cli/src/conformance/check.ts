/** A check: one promise of the contract, held against one service. */

export interface Check<S> {
  /** Unique within a role, for example "sessions.lease". */
  readonly id: string;
  /** What is promised, one line. */
  readonly promise: string;
  /** What was found, in a few words. Throws NotOffered, or any other error where the promise is broken. */
  run(subject: S): Promise<string>;
}

/** The service does not have what a check asks for, and says so. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}

/** A promise is broken; the message says what was found. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** Throws Broken, saying what was found, unless `held`. */
export function demand(held: boolean, found: string): asserts held {
  if (!held) throw new Broken(found);
}

/** A value that a message must have. Throws Broken. */
export function present<T>(value: T | undefined, what: string): T {
  demand(value !== undefined, `${what} is missing`);
  return value;
}
