/** Which process this is, so that another one, later, can tell whether it still runs. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Boot of the machine and namespace of process ids: `pid` means something only within them; empty where the system does not tell. */
  readonly place: string;
  /** Start of the process in clock ticks since boot, as process ids are used again; empty where the system does not tell. */
  readonly started: string;
}

/** This process. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: hostname(), place: placeOf(), started: statOf(process.pid)?.started ?? '' };
}

/** Whether a process still runs; undefined where nobody here can tell, since it is of another machine, boot or container. */
export function isRunning({ pid, host, place, started }: ProcessIdentity): boolean | undefined {
  if (host !== hostname() || place !== placeOf()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const found = statOf(pid);
  if (found === undefined) return place === '';
  // A zombie has ended; only its parent has not looked yet.
  return !/[ZX]/.test(found.state) && (started === '' || started === found.started);
}

function placeOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat. */
function statOf(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', started: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
