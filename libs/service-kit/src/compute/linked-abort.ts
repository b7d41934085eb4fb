/** An abort that follows others until it is released: AbortSignal.any without what it leaves behind on long-lived signals. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Stops following. */
  release(): void;
}

export function linkedAbort(...followed: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const releases = followed.flatMap((signal) => {
    if (!signal) return [];
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    return [() => signal.removeEventListener('abort', abort)];
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => releases.forEach((release) => release()),
  };
}
