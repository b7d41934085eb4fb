/** What `theriac doctor` looks at: the engine, the native library, the machine, the data, the versions. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, homedir, loadavg, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { dataDirectory } from '@theriac/datasets';
// eslint-disable-next-line theriac/arrows -- a type only: nothing is loaded
import type { BackendReport } from '@theriac/tensors/engine';
import { version } from '../version';
import { dataStates } from './data-files';
import type { DataState } from './data-files';

/** What tools/libtensorflow.mjs left behind. */
export interface NativeLibrary {
  readonly ok: boolean;
  readonly status: string;
  readonly flavour?: string;
  readonly version?: string;
  readonly binding?: string;
  readonly why?: string;
  readonly remedy?: string;
}

export interface Findings {
  readonly engine: BackendReport | null;
  /** Why there is no engine, where there is none. */
  readonly failure: string | null;
  readonly nativeLibrary: NativeLibrary | null;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly freeMemoryGiB: number;
    readonly load: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly data: {
    readonly directory: string;
    readonly datasets: readonly Pick<DataState, 'id' | 'state' | 'needsFiles' | 'why'>[];
  };
  readonly cache: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks. Never throws for what it finds missing. */
export async function examine(environment: NodeJS.ProcessEnv = process.env): Promise<Findings> {
  const [engine, datasets] = [await probeEngine(), await dataStates()];
  return {
    engine: engine.report ?? null,
    failure: engine.failure ?? null,
    nativeLibrary: nativeLibrary(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGiB: gibibytes(totalmem()),
      freeMemoryGiB: gibibytes(freemem()),
      load: Number((loadavg()[0] ?? 0).toFixed(2)),
      platform: `${process.platform}-${process.arch}`,
      node: process.versions.node,
    },
    data: {
      directory: dataDirectory(),
      datasets: datasets.map(({ id, state, needsFiles, why }) => ({
        id,
        state,
        needsFiles,
        ...(why === undefined ? {} : { why }),
      })),
    },
    cache: environment['THERIAC_CACHE'] ?? join(environment['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'theriac'),
    settings: Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) =>
        name.startsWith('THERIAC_') && value !== undefined ? [[name, value]] : [],
      ),
    ),
    versions: {
      theriac: version,
      node: process.versions.node,
      '@tensorflow/tfjs': packageVersion('@tensorflow/tfjs'),
      '@grpc/grpc-js': packageVersion('@grpc/grpc-js'),
    },
  };
}

const patienceMilliseconds = 60_000;

/** In a process of its own, so that no engine is ever loaded into the driver. */
function probeEngine(): Promise<{ report?: BackendReport; failure?: string }> {
  return new Promise((done) => {
    const child = fork(join(__dirname, 'engine-probe.js'), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMilliseconds);
    const finish = (answer: { report?: BackendReport; failure?: string }): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.kill('SIGKILL');
      done(answer);
    };
    child.stderr?.on('data', (text: Buffer) => (said = (said + text.toString('utf8')).slice(-2000)));
    child.once('message', (message) => finish(message as { report?: BackendReport; failure?: string }));
    child.once('error', (error) => finish({ failure: error.message }));
    child.once('exit', (code, signal) =>
      finish({
        failure: `the engine ended with ${signal ?? `exit code ${code}`}: ${said.trim().split('\n').pop() ?? ''}`,
      }),
    );
  });
}

function nativeLibrary(): NativeLibrary | null {
  const root = resolve(__dirname, '..', '..', '..', '..');
  try {
    return JSON.parse(
      readFileSync(join(root, 'node_modules', '.theriac', 'libtensorflow.json'), 'utf8'),
    ) as NativeLibrary;
  } catch {
    return null;
  }
}

function packageVersion(name: string): string {
  try {
    let folder = dirname(require.resolve(name));
    for (let up = 0; up < 6; up++, folder = dirname(folder)) {
      try {
        const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
          name?: string;
          version?: string;
        };
        if (found.name === name && found.version !== undefined) return found.version;
      } catch {
        continue;
      }
    }
    return 'unknown';
  } catch {
    return 'not installed';
  }
}

const gibibytes = (bytes: number): number => Number((bytes / 2 ** 30).toFixed(1));
