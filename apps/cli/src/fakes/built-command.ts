/** The built command in a folder of its own, for tests of whole games. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultCard } from '@theriac/game';
import { entryOf } from '../embedded/child-service';

export const theriac = join(__dirname, '..', '..', 'bin', 'theriac.cjs');

export interface BuiltCommand {
  readonly folder: string;
  run(...args: string[]): { code: number | null; out: string; err: string };
  /** The card that a command prints. Throws what it says where it fails. */
  card(...args: string[]): ResultCard;
  poison(runs: string, id: string): Buffer;
  remove(): void;
}

/** Throws where nothing is built. The caller removes. */
export function builtCommand(): BuiltCommand {
  if (!existsSync(entryOf('trainer'))) throw new Error('These tests run what is built: npx nx run-many -t build');
  const folder = mkdtempSync(join(tmpdir(), 'theriac-whole-'));
  const run: BuiltCommand['run'] = (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [theriac, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  };
  return {
    folder,
    run,
    card(...args) {
      const { code, out, err } = run(...args);
      if (code !== 0) throw new Error(err);
      return JSON.parse(out) as ResultCard;
    },
    poison: (runs, id) => readFileSync(join(folder, runs, id, 'poison.safetensors')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A card without what may differ from one time to the next. */
export function withoutTimes({ seconds: _, protocols, ...card }: ResultCard): object {
  return { ...card, protocols: protocols.map(({ seconds: __, ...protocol }) => protocol) };
}
