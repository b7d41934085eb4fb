import { Server, setLogger } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { parseAddress } from '../address';
import { createBlobStore, type BlobLimits, type BlobStore } from '../blobs/blob-store';
import { implementBlobs } from '../blobs/blobs-service';
import { flowControlWindow } from '../client/connect';
import { collectAtOnce } from '../collect-at-once';
import { asBytes, sealedService } from '../integrity/sealed-service';
import { silentLogger, type Logger } from '../logging';
import { serverSecurity, type SecuritySettings } from '../security/server-security';
import { admission, defaultCallLimits, type CallLimits } from './admission';
import type { ImplementedService } from './call';
import { callsUnderWay, goingAway } from './calls-under-way';
import { retireConnection } from './connections';
import { openHealthPort, type HealthPort } from './health-port';
import { listen } from './listen';
import { mount } from './mount';
import { widenReceiveWindow } from './receive-window';
import { offerReflection } from './reflection';

const idleConnectionMilliseconds = 600_000;
const streamsPerConnection = 1024;
const defaultGraceSeconds = 25;
const abortedCallsSeconds = 2;
const fetchSeconds = 0.5;
const longestFetchSeconds = 10;
const lastGoodbyeSeconds = 0.5;

/** What the services of one process share. */
export interface ServiceRuntime {
  readonly role: string;
  readonly blobs: BlobStore;
  readonly log: Logger;
}

export interface ServeOptions extends SecuritySettings {
  /** "trainer", "attacker", "evaluator". */
  readonly role: string;
  /** "unix:/path" or "host:port"; port 0 takes a free one. */
  readonly listen: string;
  /** The services to offer; blobs, health and reflection are added. */
  readonly implement: (runtime: ServiceRuntime) => readonly ImplementedService[];
  /** Told to end its slices when the service drains, and closed when it has drained. */
  readonly compute?: { endSlices?(): void; close(): Promise<void> };
  readonly blobs?: Partial<BlobLimits>;
  /** A second address, for health alone and in plaintext: probes have no certificate. */
  readonly healthListen?: string | undefined;
  /** How many calls are open at a time, and how long; defaults 1024, 128 of one client, 30 s idle, an hour. */
  readonly calls?: Partial<CallLimits> | undefined;
  readonly log?: Logger;
}

export interface RunningService {
  readonly role: string;
  /** Where it really listens. */
  readonly address: string;
  /** Where it tells its health in plaintext, if it does. */
  readonly healthAddress?: string;
  /**
   * Stops: not serving for health checks, no new calls; slices under way end at their next step with a checkpoint, which its caller
   * may still fetch; other calls have until the grace ends (default 25 s) and are then aborted; then the compute and the blobs are
   * closed. Asked again, gives the same promise.
   */
  drain(graceSeconds?: number): Promise<void>;
}

/** Serves; resolves when the address is taken. FAILED_PRECONDITION with a remedy when it cannot be. */
export async function serve(options: ServeOptions): Promise<RunningService> {
  const { role, compute, log = silentLogger() } = options;
  const address = parseAddress(options.listen, 'listen');
  const security = serverSecurity(role, address, options, log);
  widenReceiveWindow(flowControlWindow);
  collectAtOnce();
  if (process.env.GRPC_TRACE === undefined) keepTransportMessages(log);

  const blobs = createBlobStore(options.blobs);
  const calls = callsUnderWay();
  const limits = { ...defaultCallLimits, ...options.calls };
  const services = [...options.implement({ role, blobs, log }), implementBlobs()];
  const server = new Server({
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    ...security.options,
    'grpc.max_concurrent_streams': streamsPerConnection,
    'grpc.max_connection_idle_ms': idleConnectionMilliseconds,
    interceptors: [
      sealedService(
        services.map(({ definition }) => definition),
        retireConnection,
      ),
      ...security.interceptors,
      admission(limits),
    ],
  });
  for (const service of services) server.addService(asBytes(service.definition), mount(service, { blobs, log, calls }));
  const names = services.map(({ definition }) => nameOf(definition));
  const health = new HealthImplementation(Object.fromEntries(['', ...names].map((name) => [name, 'SERVING'])));
  health.addToServer(server);
  if (!offerReflection(server, [...names, 'grpc.health.v1.Health'])) log.debug('no .proto files: reflection is off');

  let taken: string;
  let healthPort: HealthPort | undefined;
  try {
    if (options.healthListen !== undefined) healthPort = await openHealthPort(health, options.healthListen);
    taken = await listen(server, address, security.credentials);
  } catch (error) {
    healthPort?.close();
    server.forceShutdown();
    await Promise.all([compute?.close(), blobs.close()]);
    throw error;
  }
  log.info({ address: taken, health: healthPort?.address }, 'serving');

  let draining: Promise<void> | undefined;
  async function drain(graceSeconds: number): Promise<void> {
    log.info({ calls: calls.count, graceSeconds }, 'draining');
    for (const name of ['', ...names]) health.setStatus(name, 'NOT_SERVING');
    calls.refuse();
    const busy = calls.count > 0;
    compute?.endSlices?.();
    if (!(await calls.idle(graceSeconds))) {
      log.warn({ calls: calls.count }, 'aborting the calls that are left');
      calls.abort(goingAway());
      await calls.idle(abortedCallsSeconds);
    }
    // A connection that is told to close opens no call any more: so not before what was made here has been fetched.
    if (busy && graceSeconds > 0) await calls.quiet(fetchSeconds, longestFetchSeconds);
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    // A stream that only watches, such as a health watch, would keep the server open for ever.
    await within(lastGoodbyeSeconds, closed);
    server.forceShutdown();
    healthPort?.close();
    await Promise.all([compute?.close(), blobs.close()]);
    log.info('drained');
  }

  return {
    role,
    address: taken,
    ...(healthPort === undefined ? {} : { healthAddress: healthPort.address }),
    drain: (graceSeconds = defaultGraceSeconds) => (draining ??= drain(graceSeconds)),
  };
}

/** What the transport would print becomes part of the log. */
function keepTransportMessages(log: Logger): void {
  const debug = (...parts: unknown[]) => log.debug({ transport: parts.map(String).join(' ') }, 'transport');
  setLogger({ debug, info: debug, error: debug });
}

function nameOf(definition: ImplementedService['definition']): string {
  const [first] = Object.values(definition);
  return first?.path.split('/')[1] ?? '';
}

function within(seconds: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
