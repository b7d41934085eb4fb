/**
 * Threads for tfjs-backend-wasm 4.22 under Node. tfjs switches them off there (its issue 3830), since the Emscripten glue
 * hands Blob URLs to worker_threads. While the backend starts, the two blobs it makes become files instead: the worker's
 * script, and the module's own source. The pool gets at most half the cores, so it is shown enough of them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { tf } from '../tf';

interface Pool {
  readonly unusedWorkers: readonly { unref?(): void; worker?: { unref(): void } }[];
  readonly pthreads?: Readonly<Record<string, { unref?(): void; worker?: { unref(): void } }>>;
}

/** True once the backend runs with `threads` threads; false leaves the caller to start it with one. */
export async function startThreadedWasm(
  wasm: typeof import('@tensorflow/tfjs-backend-wasm'),
  threads: number,
): Promise<boolean> {
  const folder = mkdtempSync(join(os.tmpdir(), 'theriac-wasm-'));
  const glue = createRequire(__filename).resolve(
    '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js',
  );
  const source = readFileSync(glue, 'utf8');
  const restore = replaceBlobs(folder, source, threads);
  let started = false;
  try {
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
    wasm.setThreadsCount(threads);
    started = await tf.setBackend('wasm');
    return started;
  } catch {
    return false;
  } finally {
    if (!started) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    restore();
    letNodeExit();
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
}

function replaceBlobs(folder: string, source: string, threads: number): () => void {
  const { Blob } = globalThis;
  const { createObjectURL } = URL;
  const { cpus } = os;
  let count = 0;
  class FileBlob {
    readonly path: string;
    constructor(parts: readonly unknown[]) {
      const text = parts.join('');
      this.path = join(folder, `${count++}.cjs`);
      const isWorker = text.includes('parentPort');
      const head = isWorker
        ? 'URL.createObjectURL=o=>o.path;URL.revokeObjectURL=()=>{};'
        : `var _scriptDir=${JSON.stringify(this.path)},__filename=_scriptDir,__dirname=${JSON.stringify(folder)};`;
      writeFileSync(this.path, `${head}\n${isWorker ? text : source}`);
    }
  }
  globalThis.Blob = FileBlob as unknown as typeof Blob;
  URL.createObjectURL = (object) => (object as unknown as FileBlob).path;
  os.cpus = () => Array.from({ length: 2 * threads }, () => cpus()[0] as os.CpuInfo);
  return () => {
    globalThis.Blob = Blob;
    URL.createObjectURL = createObjectURL;
    os.cpus = cpus;
  };
}

/** Idle workers must not keep the process alive. */
function letNodeExit(): void {
  const pool = (tf.findBackend('wasm') as { wasm?: { PThread?: Pool } } | null)?.wasm?.PThread;
  if (!pool) return;
  for (const entry of [...pool.unusedWorkers, ...Object.values(pool.pthreads ?? {})]) (entry.worker ?? entry).unref?.();
}
