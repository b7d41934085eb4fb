/**
 * The environment variables that libtensorflow reads once, when it is loaded.
 *
 * A worker thread has a copy of `process.env` that native code never sees: the main thread must call
 * `prepareNativeEnvironment` before it starts workers (or start them with `env: SHARE_ENV`).
 */
import { availableParallelism } from 'node:os';
import { invalid } from './errors';

/** Threads for kernels: `given`, else THERIAC_THREADS, else the cores this process may use. Errors on anything but 1..1024. */
export function threadCount(given?: number, env: NodeJS.ProcessEnv = process.env): number {
  const text = env.THERIAC_THREADS;
  const count = given ?? (text ? Number(text) : availableParallelism());
  if (Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  const field = given === undefined ? 'THERIAC_THREADS' : 'threads';
  throw invalid(field, given ?? text, 'an integer from 1 to 1024', 'Leave it out to use every core.');
}

/**
 * Fixes the number of threads (results of convolutions depend on it in the last bits), hides informational logs, and lets
 * GPU memory grow on demand. Values that the user has set stay. To be called on the main thread before the engine starts.
 */
export function prepareNativeEnvironment(threads?: number): number {
  const count = threadCount(threads);
  process.env.TF_NUM_INTRAOP_THREADS = String(count);
  process.env.TF_NUM_INTEROP_THREADS = String(count);
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  return count;
}
