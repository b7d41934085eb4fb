/** Who plays: services at the addresses given, child processes for the others. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { roles } from '../driver/players';
import type { Role } from '../driver/players';
import { startChildService } from './child-service';
import type { ChildService } from './child-service';

export type Addresses = Readonly<Partial<Record<Role, string>>>;

export interface Table {
  readonly addresses: Readonly<Record<Role, string>>;
  /** Rejects when a child dies. */
  readonly died: Promise<never>;
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
  { allowPlaintext = false }: { readonly allowPlaintext?: boolean } = {},
): Promise<Table> {
  const missing = wanted.filter((role) => given[role] === undefined);
  const folder = missing.length === 0 ? undefined : mkdtempSync(join(tmpdir(), 'theriac-'));
  const children: ChildService[] = [];
  const atExit = (): void => {
    for (const child of children) child.kill();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', atExit);
  const close = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    process.removeListener('exit', atExit);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const socketOf = (role: Role): string => join(folder ?? '', `${role}.sock`);
  const follows = given.trainer ?? (missing.includes('trainer') ? `unix:${socketOf('trainer')}` : undefined);
  const settingsOf = (role: Role): string[] =>
    role === 'attacker' && follows !== undefined
      ? ['--trainer', follows, ...(allowPlaintext ? ['--allow-plaintext'] : [])]
      : [];
  try {
    await Promise.all(
      missing.map(async (role) => children.push(await startChildService(role, socketOf(role), settingsOf(role)))),
    );
  } catch (error) {
    await close();
    throw error;
  }
  const addressOf = (role: Role): string => given[role] ?? children.find((child) => child.role === role)?.address ?? '';
  const died = Promise.race(children.map((child) => child.died));
  died.catch(() => {});
  return {
    addresses: { trainer: addressOf('trainer'), attacker: addressOf('attacker'), evaluator: addressOf('evaluator') },
    died: children.length === 0 ? new Promise<never>(() => {}) : died,
    logTo(target) {
      mkdirSync(target, { recursive: true });
      for (const child of children)
        child.logTo((line) => appendFileSync(join(target, `${child.role}.log`), `${line}\n`));
    },
    close,
  };
}
