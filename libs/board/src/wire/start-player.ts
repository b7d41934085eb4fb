import type { Limits } from '@theriac/contract/game';
import { defaultSliceLimits, inlineCompute, queueSlices, serve, workerCompute } from '@theriac/service-kit';
import { prepareNativeEnvironment } from '@theriac/tensors';
import type { BackendName } from '@theriac/tensors';
import type {
  Compute,
  ComputeHandlers,
  ImplementedService,
  RunningService,
  SecuritySettings,
  ServeOptions,
  SliceLimits,
} from '@theriac/service-kit';

/** How a player is started. */
export interface PlayerOptions extends Pick<
  ServeOptions,
  'listen' | 'log' | 'blobs' | 'calls' | keyof SecuritySettings
> {
  /** A second address, for health alone and in plaintext. */
  readonly healthListen?: string | undefined;
  /** 'worker' (the default): tensors in a thread of their own; 'inline': in this one, for tests and benches. */
  readonly compute?: 'worker' | 'inline';
  /** The engine; default THERIAC_BACKEND, else the best there is. */
  readonly backend?: BackendName | 'auto';
  /** Threads of the engine; default THERIAC_THREADS, else the cores. */
  readonly threads?: number;
  /** Folder of data sets; default THERIAC_DATA, else the cache. */
  readonly dataDirectory?: string;
  /** Longest slice, seconds; default 60. */
  readonly sliceSeconds?: number;
  /** Longest time a session lives without a call, seconds; default 600. */
  readonly sessionLeaseSeconds?: number;
  /** Most open sessions, and most of one client; defaults 64 and 16. */
  readonly sessions?: number;
  readonly sessionsPerClient?: number;
  /** Slices computed at a time and waiting; defaults 16 and 64. */
  readonly slices?: Partial<SliceLimits>;
  /** Attacker only: the trainer whose sessions a remote follower uses; replicas with commas between. */
  readonly trainer?: string;
}

/** What a compute worker is started with. */
export interface PlayerSettings {
  readonly engine: { readonly prefer?: BackendName; readonly threads: number };
  readonly dataDirectory?: string;
  readonly sessions: number;
  /** Default: as many as there may be. */
  readonly sessionsPerClient?: number;
  /** The trainer that an attacker may use as its follower. */
  readonly trainer?: { readonly address: string; readonly allowPlaintext: boolean; readonly tls?: string };
}

/** A player: its role, its compute, its service. */
export interface Player<M> {
  readonly role: 'trainer' | 'attacker' | 'evaluator';
  /** The JavaScript file that serves the compute in a worker thread. */
  readonly workerFile: string;
  /** The same compute in this thread. */
  handlers(settings: PlayerSettings): Promise<ComputeHandlers<M>>;
  service(compute: Compute<M>, limits: Limits): ImplementedService;
}

interface Described {
  describe: { input: null; event: never; output: unknown };
}

/** Starts a player; resolves when its engine runs and its address is taken. The caller drains it. */
export async function startPlayer<M extends Described>(
  player: Player<M>,
  options: PlayerOptions,
): Promise<RunningService> {
  const { compute: where = 'worker', dataDirectory, sessions = defaultSessions, log, trainer } = options;
  const { sessionsPerClient = defaultSessionsPerClient } = options;
  // Native code sees only what the main thread puts into the environment before the engine loads.
  const threads = prepareNativeEnvironment(options.threads);
  const { backend = 'auto' } = options;
  const settings: PlayerSettings = {
    engine: { threads, ...(backend === 'auto' ? {} : { prefer: backend }) },
    sessions,
    sessionsPerClient,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    ...(trainer === undefined
      ? {}
      : {
          trainer: {
            address: trainer,
            allowPlaintext: options.allowPlaintext ?? false,
            ...(options.tls === undefined ? {} : { tls: options.tls }),
          },
        }),
  };
  const compute =
    where === 'inline'
      ? inlineCompute(await player.handlers(settings))
      : workerCompute<M>(player.workerFile, {
          workerData: settings,
          onCrash: (error) => log?.error({ err: error }, 'the compute worker died; the next call starts another'),
        });
  // Who finds it listening need not wait for the engine; why there is none is told to whoever calls.
  await (compute as Compute<Described>).call('describe', null).catch(() => undefined);
  const { listen, allowPlaintext, tls, policy, connectionSeconds, healthListen, blobs, calls } = options;
  const slices = { ...defaultSliceLimits, ...options.slices };
  return serve({
    role: player.role,
    listen,
    compute,
    implement: (runtime) => [
      queueSlices(player.service(compute, limitsOf(options, runtime.blobs.limits.blobBytes)), slices),
    ],
    calls,
    ...(log === undefined ? {} : { log }),
    allowPlaintext,
    tls,
    policy,
    connectionSeconds,
    healthListen,
    ...(blobs === undefined ? {} : { blobs }),
  });
}

const defaultSessions = 64;
const defaultSessionsPerClient = 16;

/** What one caller may ask for. */
function limitsOf(options: PlayerOptions, blobBytes: number): Limits {
  const { sliceSeconds = 60, sessionLeaseSeconds = 600 } = options;
  const { sessions: all = defaultSessions, sessionsPerClient = defaultSessionsPerClient } = options;
  const sessions = Math.min(all, sessionsPerClient);
  return { messageBytes: 4 << 20, blobBytes, rank: 8, sessions, sessionLeaseSeconds, sliceSeconds };
}
