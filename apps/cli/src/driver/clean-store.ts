/**
 * Clean trainings that games share: <runs>/.clean/<digest>.json and .safetensors, named by everything their result depends on.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@theriac/game';
import { readIfThere, writeFileAtomic } from './atomic-file';
import type { ScoredRecord } from './records';

export interface CleanStore {
  /** The training and its parameters' file, or undefined where there is none (or not a whole one). */
  find(digest: string): { record: ScoredRecord; parameters: Uint8Array } | undefined;
  keep(digest: string, record: ScoredRecord, parameters: Uint8Array): void;
}

/** A temporary file this old is no longer being written. */
const abandonedMilliseconds = 3_600_000;

/** The store of a runs folder, for trainings of one build. */
export function openCleanStore(runsDirectory: string, build: string): CleanStore {
  const folder = join(runsDirectory, '.clean');
  removeAbandoned(folder);
  const path = (digest: string, extension: string): string =>
    join(folder, `${sha256Hex(`${digest} ${build}`)}.${extension}`);
  return {
    find(digest) {
      const record = wholeRecord(readIfThere(path(digest, 'json'))?.toString('utf8'));
      const parameters = readIfThere(path(digest, 'safetensors'));
      if (record === undefined || parameters === undefined) return undefined;
      return record.parameters.sha256 === sha256Hex(parameters) ? { record, parameters } : undefined;
    },
    keep(digest, record, parameters) {
      writeFileAtomic(path(digest, 'safetensors'), parameters);
      const sha256 = sha256Hex(JSON.stringify(record));
      writeFileAtomic(path(digest, 'json'), `${JSON.stringify({ sha256, record })}\n`);
    },
  };
}

/** Undefined for what is not there, or torn, or changed. */
function wholeRecord(text: string | undefined): ScoredRecord | undefined {
  try {
    const { sha256, record } = JSON.parse(text ?? '') as { sha256: string; record: ScoredRecord };
    return sha256 === sha256Hex(JSON.stringify(record)) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Games on several machines may share the store: only what is old is certainly abandoned. */
function removeAbandoned(folder: string): void {
  for (const name of namesIn(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const age = Date.now() - (statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > abandonedMilliseconds) rmSync(join(folder, name), { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Neither finds nor keeps. */
export const noCleanStore: CleanStore = { find: () => undefined, keep: () => {} };
