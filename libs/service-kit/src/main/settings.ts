import { backendNames, invalid, type BackendName } from '@theriac/tensors';
import { parseArgs } from 'node:util';
import { parseAddress } from '../address';
import { addressesIn } from '../client/replicas';
import { logLevels, type LogLevel } from '../logging';

/** One setting of a service: read from its option, else from its environment variable, else the default. */
interface Setting<T> {
  readonly option?: string;
  /** Name of the option's value in --help; none: a switch. */
  readonly value?: string;
  readonly environment?: string;
  readonly summary: string;
  readonly standard: T;
  /** Reads a text; throws INVALID_ARGUMENT naming `where`. */
  readonly read: (text: string, where: string) => T;
}

/** Every setting of a service; --help is made from this table. */
const table = {
  listen: setting({
    option: 'listen',
    value: 'ADDRESS',
    environment: 'THERIAC_LISTEN',
    summary: 'unix:/path or host:port to listen on; port 0 takes a free one',
    standard: '',
    read: (text, where) => (parseAddress(text, where), text),
  }),
  allowPlaintext: toggle(
    'allow-plaintext',
    'THERIAC_ALLOW_PLAINTEXT',
    'allow to listen beyond this machine, unencrypted',
  ),
  tls: setting<string | undefined>({
    option: 'tls',
    value: 'FOLDER',
    environment: 'THERIAC_TLS',
    summary: 'tls.crt, tls.key, ca.crt: mutual TLS on TCP',
    standard: undefined,
    read: (text) => text,
  }),
  policy: setting<string | undefined>({
    option: 'policy',
    value: 'FILE',
    environment: 'THERIAC_POLICY',
    summary: 'who may call what, under mutual TLS; not set: the standard policy',
    standard: undefined,
    read: (text) => text,
  }),
  healthListen: setting<string | undefined>({
    option: 'health-listen',
    value: 'ADDRESS',
    environment: 'THERIAC_HEALTH_LISTEN',
    summary: 'a second address, for health alone, unencrypted',
    standard: undefined,
    read: (text, where) => (parseAddress(text, where), text),
  }),
  exitWithParent: toggle('exit-with-parent', undefined, 'end when standard input ends'),
  logLevel: setting<LogLevel>({
    option: 'log-level',
    value: 'LEVEL',
    environment: 'THERIAC_LOG_LEVEL',
    summary: logLevels.join(', '),
    standard: 'info',
    read: (text, where) => oneOf(logLevels, text, where),
  }),
  dataDirectory: setting<string | undefined>({
    option: 'data',
    value: 'FOLDER',
    environment: 'THERIAC_DATA',
    summary: 'folder of the data sets',
    standard: undefined,
    read: (text) => text,
  }),
  backend: setting<BackendName | 'auto'>({
    option: 'backend',
    value: 'NAME',
    environment: 'THERIAC_BACKEND',
    summary: `engine: auto, ${backendNames.join(', ')}`,
    standard: 'auto',
    read: (text, where) => oneOf(['auto' as const, ...backendNames], text, where),
  }),
  threads: setting<number | undefined>({
    option: 'threads',
    value: 'COUNT',
    environment: 'THERIAC_THREADS',
    summary: 'threads of the engine; not set: as many as there are cores',
    standard: undefined,
    read: (text, where) => integer(text, where, 1, 1024),
  }),
  sliceSeconds: seconds('slice-seconds', 'THERIAC_SLICE_SECONDS', 'longest slice that may be asked for', 60),
  sessions: amount('sessions', 'THERIAC_SESSIONS', 'most open sessions', 64),
  sessionsPerClient: amount(
    'sessions-per-client',
    'THERIAC_SESSIONS_PER_CLIENT',
    'most open sessions of one client',
    16,
  ),
  slices: amount('slices', 'THERIAC_SLICES', 'slices computed at a time', 16),
  sliceQueue: amount('slice-queue', 'THERIAC_SLICE_QUEUE', 'slices that wait for their turn', 64, 0),
  calls: amount('calls', 'THERIAC_CALLS', 'calls open at a time', 1024),
  callsPerClient: amount('calls-per-client', 'THERIAC_CALLS_PER_CLIENT', 'calls of one client open at a time', 128),
  idleSeconds: seconds('idle-seconds', 'THERIAC_IDLE_SECONDS', 'time that a call waits for what its caller sends', 30),
  callSeconds: seconds('call-seconds', 'THERIAC_CALL_SECONDS', 'longest call without a deadline of its own', 3600),
  sessionLeaseSeconds: seconds(
    'session-lease-seconds',
    'THERIAC_SESSION_LEASE_SECONDS',
    'life of an unused session',
    600,
  ),
  trainer: setting<string | undefined>({
    option: 'trainer',
    value: 'ADDRESS',
    environment: 'THERIAC_TRAINER',
    summary: 'attacker only: the trainers of remote followers, with commas between',
    standard: undefined,
    read: (text, where) => (addressesIn(text, where), text),
  }),
  blobLimitMib: mebibytes('blob-limit-mib', 'THERIAC_BLOB_LIMIT_MIB', 'largest blob', 1024),
  blobMemoryMib: mebibytes(
    'blob-memory-mib',
    'THERIAC_BLOB_MEMORY_MIB',
    'blobs held in memory, the rest moves to disk',
    128,
  ),
  blobDiskMib: mebibytes('blob-disk-mib', 'THERIAC_BLOB_DISK_MIB', 'blobs held on disk', 16384),
  blobsPerClient: amount('blobs-per-client', 'THERIAC_BLOBS_PER_CLIENT', 'blobs held that one client put', 4096),
  blobClientMib: mebibytes(
    'blob-client-mib',
    'THERIAC_BLOB_CLIENT_MIB',
    'blobs held that one client put, in all',
    8192,
  ),
  blobLeaseSeconds: seconds('blob-lease-seconds', 'THERIAC_BLOB_LEASE_SECONDS', 'life of an unused blob', 600),
  drainSeconds: seconds('drain-seconds', 'THERIAC_DRAIN_SECONDS', 'time that calls under way have on SIGTERM', 25),
} as const;

type Settings = typeof table;
/** The settings of a service. */
export type ServiceSettings = { readonly [K in keyof Settings]: Settings[K]['standard'] };

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly settings: ServiceSettings };

/** Reads options and environment; INVALID_ARGUMENT naming the option or the variable. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  defaultListen: string,
): CommandLine {
  const given = parseOptions(args);
  if (given['help'] !== undefined) return { kind: 'help' };
  if (given['version'] !== undefined) return { kind: 'version' };
  const entries = Object.entries<Setting<unknown>>(table).map(
    ([key, { option, environment: name, standard, read }]) => {
      const chosen = option === undefined ? undefined : given[option];
      if (chosen !== undefined) return [key, read(chosen, `--${option}`)];
      const inherited = name === undefined ? undefined : environment[name];
      if (name !== undefined && inherited !== undefined && inherited !== '') return [key, read(inherited, name)];
      return [key, standard];
    },
  );
  const settings = Object.fromEntries(entries) as ServiceSettings;
  return { kind: 'run', settings: { ...settings, listen: settings.listen || defaultListen } };
}

/** The text of --help. */
export function helpText(command: string, summary: string, defaultListen: string): string {
  const rows = Object.values<Setting<unknown>>(table).map(({ option, value, environment, summary: what, standard }) => {
    const left = `--${option}${value === undefined ? '' : ` ${value}`}`;
    const usual = option === 'listen' ? defaultListen : standard;
    const notes = [environment, usual === undefined || usual === false ? undefined : `default ${String(usual)}`];
    const note = notes.filter((part) => part !== undefined).join('; ');
    return [left, what, note];
  });
  rows.push(['--help', 'show this text'], ['--version', 'show the version']);
  const width = Math.max(...rows.map(([left = '']) => left.length));
  const lines = rows.map(([left = '', what = '', note = '']) => {
    const line = `  ${left.padEnd(width)}  ${what}`;
    if (note === '') return line;
    const together = `${line} (${note})`;
    return together.length <= longestLine ? together : `${line}\n${' '.repeat(width + 4)}(${note})`;
  });
  return `${command}: ${summary}\n\nUsage: ${command} [options]\n\n${lines.join('\n')}\n`;
}

const longestLine = 110;

function parseOptions(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const known: Record<string, { type: 'string' | 'boolean' }> = {
    help: { type: 'boolean' },
    version: { type: 'boolean' },
  };
  for (const { option, value } of Object.values<Setting<unknown>>(table)) {
    if (option !== undefined) known[option] = { type: value === undefined ? 'boolean' : 'string' };
  }
  try {
    const { values } = parseArgs({ args: [...args], options: known, strict: true, allowPositionals: false });
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw invalid('command line', sentence, 'the options of --help');
  }
}

function setting<T>(given: Setting<T>): Setting<T> {
  return given;
}

function toggle(option: string, environment: string | undefined, summary: string): Setting<boolean> {
  const read = (text: string, where: string) => oneOf(['true', 'false'] as const, text, where) === 'true';
  return { option, summary, standard: false, read, ...(environment === undefined ? {} : { environment }) };
}

function seconds(option: string, environment: string, summary: string, standard: number): Setting<number> {
  const read = (text: string, where: string) => number(text, where, 0.001, 7 * 86_400, 'seconds');
  return { option, value: 'SECONDS', environment, summary, standard, read };
}

function amount(option: string, environment: string, summary: string, standard: number, least = 1): Setting<number> {
  const read = (text: string, where: string) => integer(text, where, least, 100_000);
  return { option, value: 'COUNT', environment, summary, standard, read };
}

function mebibytes(option: string, environment: string, summary: string, standard: number): Setting<number> {
  return {
    option,
    value: 'MIB',
    environment,
    summary,
    standard,
    read: (text, where) => integer(text, where, 1, 1 << 24),
  };
}

function number(text: string, where: string, from: number, to: number, unit: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= from && value <= to)) throw invalid(where, text, `a number from ${from} to ${to} (${unit})`);
  return value;
}

function integer(text: string, where: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < from || value > to)
    throw invalid(where, text, `an integer from ${from} to ${to}`);
  return value;
}

function oneOf<T extends string>(allowed: readonly T[], text: string, where: string): T {
  const found = allowed.find((word) => word === text);
  if (found === undefined) throw invalid(where, text, allowed.join(', '));
  return found;
}
