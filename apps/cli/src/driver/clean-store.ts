/**
 * Clean trainings that games share: <runs>/.clean/<digest>.json and .safetensors, named by everything their result depends on.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '@theriac/game';
import { readIfThere, writeFileAtomic } from './atomic-file';
import type { ScoredRecord } from './records';

export interface CleanStore {
  /** The training and its parameters' file, or undefined where there is none (or not a whole one). */
  find(digest: string): { record: ScoredRecord; parameters: Uint8Array } | undefined;
  keep(digest: string, record: ScoredRecord, parameters: Uint8Array): void;
}

/** The store of a runs folder, for trainings of one build. */
export function openCleanStore(runsDirectory: string, build: string): CleanStore {
  const folder = join(runsDirectory, '.clean');
  const path = (digest: string, extension: string): string =>
    join(folder, `${sha256Hex(`${digest} ${build}`)}.${extension}`);
  return {
    find(digest) {
      const text = readIfThere(path(digest, 'json'));
      const parameters = readIfThere(path(digest, 'safetensors'));
      if (text === undefined || parameters === undefined) return undefined;
      const record = JSON.parse(text.toString('utf8')) as ScoredRecord;
      return record.parameters.sha256 === sha256Hex(parameters) ? { record, parameters } : undefined;
    },
    keep(digest, record, parameters) {
      mkdirSync(folder, { recursive: true });
      writeFileAtomic(path(digest, 'safetensors'), parameters);
      writeFileAtomic(path(digest, 'json'), `${JSON.stringify(record)}\n`);
    },
  };
}

/** Neither finds nor keeps. */
export const noCleanStore: CleanStore = { find: () => undefined, keep: () => {} };
