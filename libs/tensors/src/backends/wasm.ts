/** Starts the `wasm` backend: no native code, with the training kernels it lacks and, under Node, its threads. */
import { TheriacError } from '../errors';
import { tf } from '../tf';
import { registerWasmKernels } from './wasm-kernels';
import { startThreadedWasm } from './wasm-threads';

/** Registers and starts wasm; returns the threads it runs with (1 where workers cannot be had). Throws UNAVAILABLE. */
export async function loadWasm(threads: number): Promise<{ threads: number; version: string }> {
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  const started = (threads > 1 && (await startThreadedWasm(wasm, threads))) || (await tf.setBackend('wasm'));
  if (!started) {
    throw new TheriacError('the wasm backend does not start', {
      code: 'UNAVAILABLE',
      remedy: 'Run npm install again.',
    });
  }
  await tf.ready();
  registerWasmKernels();
  return { threads: wasm.getThreadsCount(), version: wasm.version_wasm };
}
