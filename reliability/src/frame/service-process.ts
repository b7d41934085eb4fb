import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { TheriacError } from '@theriac/tensors';

export type Role = 'trainer' | 'attacker' | 'evaluator';

/** A built service as a process of its own. */
export interface ServiceProcess {
  readonly role: Role;
  readonly address: string;
  readonly pid: number;
  /** Its log so far: JSON lines. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** SIGTERM, and SIGKILL after 30 s. */
  stop(): Promise<void>;
}

/** apps/cli/bin/theriac.cjs */
export const theriac = join(dirname(dirname(require.resolve('@theriac/cli'))), 'bin', 'theriac.cjs');

/** services/<role>/dist/main.js */
export const serviceEntry = (role: Role): string =>
  join(dirname(dirname(require.resolve(`@theriac/${role}`))), 'dist', 'main.js');

/** Starts a built service, on a free port of the loopback unless the settings say `--listen`, and waits until it listens. UNAVAILABLE with its log. */
export async function startServiceProcess(
  role: Role,
  settings: readonly string[] = [],
  environment: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const listen = settings.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [serviceEntry(role), ...listen, '--exit-with-parent', ...settings], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-longestLog)));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', () => resolve(-1));
    child.once('close', (code, signal) => resolve(signal ?? code ?? -1));
  });
  const address = await Promise.race([addressFrom(child.stdout), ended.then(() => undefined)]);
  if (address === undefined || child.pid === undefined)
    throw new TheriacError(`the ${role} did not start: ${log.trim()}`, { code: 'UNAVAILABLE', field: role });
  return {
    role,
    address,
    pid: child.pid,
    log: () => log,
    signal: (name) => child.kill(name),
    ended,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}

const graceMilliseconds = 30_000;
const longestLog = 1 << 20;

/** From the line "theriac-trainer is listening on ADDRESS"; undefined where the output ends without it. */
function addressFrom(output: NodeJS.ReadableStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: output });
    lines.on('line', (line) => {
      const address = / is listening on (\S+)$/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    lines.once('close', () => resolve(undefined));
  });
}
