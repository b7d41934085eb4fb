/** Who plays: services at the addresses given, child processes for the others. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../driver/disk-error';
import { roles } from '../driver/players';
import type { Role } from '../driver/players';
import { startChildService } from './child-service';
import type { ChildService } from './child-service';
import { makePrivateFolder } from './private-folder';

/** Where services run; several replicas of one: with commas between. */
export type Addresses = Readonly<Partial<Record<Role, string>>>;

export interface Table {
  readonly addresses: Readonly<Record<Role, string>>;
  /** Starts a child anew, whether it died or does not answer, and says what became of it; undefined: no child of ours. */
  restart(role: Role): (() => Promise<string>) | undefined;
  /** Writes the children's logs to <folder>/<role>.log from now on. */
  logTo(folder: string): void;
  close(): Promise<void>;
}

/**
 * Seats `wanted` players; each without an address becomes a child process on a socket in a private folder. An attacker that is
 * started here is told where the trainer is, as its remote follower.
 */
export async function seatPlayers(
  given: Addresses,
  wanted: readonly Role[] = roles,
  { allowPlaintext = false, tls }: { readonly allowPlaintext?: boolean; readonly tls?: string | undefined } = {},
): Promise<Table> {
  const missing = wanted.filter((role) => given[role] === undefined);
  const folder = missing.length === 0 ? undefined : makePrivateFolder();
  const children = new Map<Role, ChildService>();
  let logs: string | undefined;
  let closed = false;
  const atExit = (): void => {
    for (const child of children.values()) child.kill();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  const close = async (): Promise<void> => {
    closed = true;
    await Promise.all([...children.values()].map((child) => child.stop()));
    process.removeListener('exit', atExit);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const socketOf = (role: Role): string => join(folder ?? '', `${role}.sock`);
  const follows = given.trainer ?? (missing.includes('trainer') ? `unix:${socketOf('trainer')}` : undefined);
  const settingsOf = (role: Role): string[] =>
    role === 'attacker' && follows !== undefined
      ? [
          ...['--trainer', follows],
          ...(allowPlaintext ? ['--allow-plaintext'] : []),
          ...(tls === undefined ? [] : ['--tls', tls]),
        ]
      : [];

  async function start(role: Role): Promise<void> {
    const child = await startChildService(role, socketOf(role), settingsOf(role));
    children.set(role, child);
    if (logs !== undefined) follow(child, logs);
    if (closed) await child.stop();
  }

  try {
    await Promise.all(missing.map(start));
  } catch (error) {
    await close();
    throw error;
  }
  const addressOf = (role: Role): string => given[role] ?? children.get(role)?.address ?? '';
  return {
    addresses: { trainer: addressOf('trainer'), attacker: addressOf('attacker'), evaluator: addressOf('evaluator') },
    restart(role) {
      if (!missing.includes(role)) return undefined;
      return async () => {
        const fate = await children.get(role)?.end();
        if (!closed) await start(role);
        return fate ?? 'had not started';
      };
    },
    logTo(target) {
      makeFolder(target);
      logs = target;
      for (const child of children.values()) follow(child, target);
    },
    close,
  };
}

function follow(child: ChildService, folder: string): void {
  child.logTo((line) => {
    try {
      appendFileSync(join(folder, `${child.role}.log`), `${line}\n`);
    } catch {
      return; // what the game has to write tells of a full disk
    }
  });
}
