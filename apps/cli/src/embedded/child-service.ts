/** One service as a child process on a Unix socket, with the code and the contract of a remote one. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { Role } from '../driver/players';

export interface ChildService {
  readonly role: Role;
  readonly address: string;
  /** Where its log lines go from now on; those so far are handed over first. */
  logTo(write: (line: string) => void): void;
  stop(): Promise<void>;
  /** Makes sure that it is gone, and says what became of it: that it died, and how, or that it did not answer. */
  end(): Promise<string>;
  /** At once, for the end of this process. */
  kill(): void;
}

const patienceMilliseconds = 60_000;
const pollMilliseconds = 25;
const graceMilliseconds = 3_000;
const linesKept = 2_000;
const mostStarts = 4;
/** What /proc says of a process that was stopped, for as long as that. */
const frozen = 'stopped by a signal';
const frozenMilliseconds = 1_000;

/**
 * Starts a service, with these settings besides, and waits until it serves; one that is killed or frozen meanwhile is started anew.
 * Throws UNAVAILABLE with its last words when it does not.
 */
export async function startChildService(
  role: Role,
  socket: string,
  settings: readonly string[] = [],
): Promise<ChildService> {
  for (let tries = mostStarts; ; tries--) {
    try {
      return await startOnce(role, socket, settings);
    } catch (error) {
      const { message } = error as Error;
      if (tries === 1 || !(message.includes('(signal ') || message.includes(frozen))) throw error;
    }
  }
}

async function startOnce(role: Role, socket: string, settings: readonly string[] = []): Promise<ChildService> {
  const child = spawn(
    process.execPath,
    [entryOf(role), '--listen', `unix:${socket}`, '--exit-with-parent', ...settings],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const log = followLog(child);
  const ended = endOf(child);
  const service = childService(role, `unix:${socket}`, child, log, ended);
  const died = ended.then((how) => {
    throw diedAtStart(role, how, log.lastWords());
  });
  died.catch(() => {});
  try {
    await Promise.race([died, untilListening(socket, role, child)]);
  } catch (error) {
    service.kill();
    throw error;
  }
  return service;
}

/** services/<role>/dist/main.js, wherever the package is installed. */
export function entryOf(role: Role): string {
  const index = require.resolve(`@theriac/${role}`);
  return join(dirname(dirname(index)), 'dist', 'main.js');
}

/** Resolves with how the process ended. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    // Not at its exit: its last words may still be on their way.
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

function diedAtStart(role: Role, how: string, lastWords: string): TheriacError {
  return new TheriacError(`the ${role} died (${how})`, {
    code: 'UNAVAILABLE',
    field: role,
    ...(lastWords === '' ? {} : { found: lastWords }),
  });
}

function childService(
  role: Role,
  address: string,
  child: ChildProcess,
  log: Log,
  ended: Promise<string>,
): ChildService {
  let stopping = false;
  return {
    role,
    address,
    logTo: log.to,
    async end() {
      const dead = child.exitCode !== null || child.signalCode !== null;
      stopping = true;
      child.kill('SIGKILL');
      const how = await ended;
      const words = log.lastWords();
      return dead ? `died (${how}${words === '' ? '' : `: ${words}`})` : 'did not answer';
    },
    async stop() {
      if (stopping) return;
      stopping = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
      await ended;
      clearTimeout(timer);
    },
    kill() {
      stopping = true;
      child.kill('SIGKILL');
    },
  };
}

/** A service takes calls as soon as its socket is there; what it then needs to get ready, it does before it answers. */
async function untilListening(socket: string, role: Role, child: ChildProcess): Promise<void> {
  const end = Date.now() + patienceMilliseconds;
  let running = Date.now();
  while (Date.now() < end) {
    if (await accepts(socket)) return;
    if (child.exitCode !== null || child.signalCode !== null) return new Promise(() => {}); // its end will be told
    if (!isStopped(child.pid)) running = Date.now();
    else if (Date.now() - running > frozenMilliseconds)
      throw new TheriacError(`the ${role} did not start`, { code: 'UNAVAILABLE', field: role, found: frozen });
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  throw new TheriacError(`the ${role} did not start within ${patienceMilliseconds / 1000} s`, {
    code: 'UNAVAILABLE',
    field: role,
    remedy: `Start it by hand to see why: node ${entryOf(role)} --listen 127.0.0.1:0`,
  });
}

/** Where the system has no /proc: false. */
function isStopped(pid: number | undefined): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

interface Log {
  to(write: (line: string) => void): void;
  lastWords(): string;
}

function followLog(child: ChildProcess): Log {
  let write: ((line: string) => void) | undefined;
  let waiting: string[] = [];
  let fault = '';
  let rest = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((each) => each !== '')) {
      fault = faultIn(line) ?? fault;
      if (write !== undefined) write(line);
      else if (waiting.length < linesKept) waiting.push(line);
    }
  });
  return {
    to(next) {
      write = next;
      for (const line of waiting) next(line);
      waiting = [];
    },
    lastWords: () => faultIn(rest) ?? fault,
  };
}

/** What a line says that went wrong: a log line of level error or worse, why it cannot start, or an error that node itself wrote. */
function faultIn(line: string): string | undefined {
  try {
    const { level, msg } = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return (level === 'error' || level === 'fatal') && typeof msg === 'string' ? msg : undefined;
  } catch {
    return /^theriac-\w+: |error|cannot|failed/i.test(line) && !line.startsWith('    at ') ? line : undefined;
  }
}
