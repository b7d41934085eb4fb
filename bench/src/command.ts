/** The built command as a process that is watched: how long it took, the processor time of all its processes, its peak memory. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const theriac = join(__dirname, '..', '..', 'apps', 'cli', 'bin', 'theriac.cjs');

export interface Observed {
  readonly wallSeconds: number;
  /** Of the process and of all that it started and waited for. */
  readonly cpuSeconds: number;
  /** Peak resident memory of the process itself. */
  readonly peakMiB: number;
  readonly output: string;
}

const clockTicks = 100;
const kibibyte = 1024;

/** Runs `theriac` with these words; `each` is called with its process id every 50 ms. Throws where it fails. Linux only. */
export async function observe(
  words: readonly string[],
  cwd: string,
  each: (pid: number) => void = () => {},
): Promise<Observed> {
  const before = waitedForSeconds();
  const start = performance.now();
  const child = spawn(process.execPath, [theriac, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const pid = child.pid as number;
  let peakMiB = 0;
  const timer = setInterval(() => {
    peakMiB = peakOf(pid) ?? peakMiB;
    each(pid);
  }, 50);
  const [output, errors, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exitOf(child)]);
  clearInterval(timer);
  if (code !== 0) throw new Error(`theriac ${words.join(' ')} ended with ${code}:\n${errors}`);
  const wallSeconds = (performance.now() - start) / 1000;
  return { wallSeconds, cpuSeconds: waitedForSeconds() - before, peakMiB, output };
}

/** Peak resident memory of a process in MiB; undefined once it is gone. */
export function peakOf(pid: number): number | undefined {
  const found = /^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return found === undefined ? undefined : Number(found) / kibibyte;
}

/** The content of a file of /proc; empty where the process is gone. */
export function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Processor time of all processes that have ended and were waited for: fields 16 and 17 of /proc/self/stat. */
function waitedForSeconds(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / clockTicks;
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}

async function exitOf(child: ChildProcess): Promise<number | string> {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return code ?? signal ?? 'nothing';
}
