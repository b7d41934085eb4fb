/**
 * Which engine computes: tensorflow, else wasm, else cpu, the first that is there and whose derivatives pass the self-check.
 * THERIAC_BACKEND (auto | tensorflow | wasm | cpu) forces one; THERIAC_THREADS sets the threads of its kernels.
 */
import { backendNames, type BackendName, type BackendReport, type RejectedBackend } from './backend-report';
import { loadTensorflow } from './backends/tensorflow';
import { loadWasm } from './backends/wasm';
import { invalid, TheriacError } from './errors';
import { prepareNativeEnvironment } from './native-environment';
import { installSecondOrder } from './second-order/install';
import { selfCheck, tolerated } from './self-check';
import { tf } from './tf';

export interface BackendOptions {
  prefer?: BackendName | 'auto';
  threads?: number;
}

interface Loaded {
  readonly device: 'cpu' | 'gpu';
  readonly version: string;
  readonly threads: number;
  /** Takes back what would disturb another backend. */
  readonly undo: () => void;
}

let starting: Promise<BackendReport> | undefined;
let current: BackendReport | undefined;

/**
 * Starts the engine once; later calls get the same report. Errors: INVALID_ARGUMENT (unknown name or number of threads),
 * UNAVAILABLE (the forced backend is not there, naming the remedy), FAILED_PRECONDITION (another one runs already).
 */
export function startBackend(options: BackendOptions = {}): Promise<BackendReport> {
  starting ??= start(options).catch((error: unknown) => {
    starting = undefined;
    throw error;
  });
  return starting.then((report) => {
    const wanted = options.prefer ?? 'auto';
    if (wanted === 'auto' || wanted === report.name) return report;
    throw new TheriacError(`The ${report.name} backend runs already`, {
      code: 'FAILED_PRECONDITION',
      field: 'prefer',
      found: wanted,
      remedy: 'A process has one backend: choose it at the first start.',
    });
  });
}

/** The report of the engine that runs. Throws FAILED_PRECONDITION before startBackend has finished. */
export function currentBackend(): BackendReport {
  if (current) return current;
  throw new TheriacError('No backend runs yet', { code: 'FAILED_PRECONDITION', remedy: 'Call startBackend first.' });
}

function choice(options: BackendOptions): { names: readonly BackendName[]; forcedBy?: string } {
  const given = options.prefer ?? (process.env.THERIAC_BACKEND || 'auto');
  const forcedBy = options.prefer ? 'prefer' : 'THERIAC_BACKEND';
  if (given === 'auto') return { names: backendNames };
  const name = backendNames.find((known) => known === given);
  if (!name)
    throw invalid(forcedBy, given, `auto, ${backendNames.join(', ')}`, 'Leave it out for the best that is there.');
  return { names: [name], forcedBy };
}

async function start(options: BackendOptions): Promise<BackendReport> {
  const { names, forcedBy } = choice(options);
  const threads = prepareNativeEnvironment(options.threads);
  installSecondOrder();
  const rejected: RejectedBackend[] = [];
  for (const name of names) {
    try {
      const loaded = await load(name, threads);
      const check = selfCheck();
      if (check.worstRelativeError <= tolerated || forcedBy) {
        const { undo: _, ...facts } = loaded;
        const secondOrder = check.worstRelativeError <= tolerated;
        const reason = forcedBy ? `${name} is asked for by ${forcedBy}` : reasonFor(name, rejected);
        current = { name, ...facts, secondOrder, compiles: name === 'tensorflow', selfCheck: check, reason, rejected };
        return current;
      }
      loaded.undo();
      rejected.push({
        name,
        why: `its derivatives are wrong (relative error ${check.worstRelativeError.toExponential(1)})`,
        remedy: 'Report this with the output of theriac doctor.',
      });
    } catch (error) {
      const [why, remedy] = described(error);
      if (forcedBy) {
        throw new TheriacError(`The ${name} backend, asked for by ${forcedBy}, cannot start: ${why}`, {
          code: 'UNAVAILABLE',
          remedy,
        });
      }
      rejected.push({ name, why, remedy });
    }
  }
  throw new TheriacError(`No backend can start: ${rejected.map(({ name, why }) => `${name}: ${why}`).join('; ')}`, {
    code: 'UNAVAILABLE',
    remedy: 'Run theriac doctor.',
  });
}

async function load(name: BackendName, threads: number): Promise<Loaded> {
  const nothing = () => undefined;
  switch (name) {
    case 'tensorflow':
      return { ...loadTensorflow(), threads };
    case 'wasm':
      return { device: 'cpu', undo: nothing, ...(await loadWasm(threads)) };
    case 'cpu':
      await tf.setBackend('cpu');
      return { device: 'cpu', undo: nothing, version: tf.version_core, threads: 1 };
  }
}

function reasonFor(name: BackendName, rejected: readonly RejectedBackend[]): string {
  if (rejected.length === 0) return `${name} is the fastest backend and its derivatives are right`;
  return `${name} serves since ${rejected.map((better) => `${better.name} is out (${better.why})`).join(' and ')}`;
}

function described(error: unknown): [why: string, remedy: string] {
  if (error instanceof TheriacError) {
    const { remedy } = error.detail;
    const text = remedy && error.message.endsWith(remedy) ? error.message.slice(0, -remedy.length) : error.message;
    return [text.trim().replace(/[.;]$/, ''), remedy ?? 'Run theriac doctor.'];
  }
  return [String(error instanceof Error ? error.message : error).split('\n')[0] as string, 'Run theriac doctor.'];
}
