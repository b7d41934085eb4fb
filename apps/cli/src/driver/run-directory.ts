/**
 * runs/<id>/: manifest.json, events.jsonl, checkpoints/, poison.safetensors, poison.json, parameters-*.safetensors, card.json,
 * report.html, logs/. Blobs first, the record that names them last; each file by temporary file, fsync, rename.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Manifest } from '@theriac/game';
import { manifestDigest, manifestText, parseManifest, runId, sha256Hex } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { readIfThere, writeFileAtomic } from './atomic-file';

/** A file of the run as its record names it. */
export interface FileRef {
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
}

export interface RunDirectory {
  readonly path: string;
  /** The folder's name, which `theriac resume` takes. */
  readonly name: string;
  file(...parts: string[]): string;
  writeFile(name: string, content: Uint8Array | string): FileRef;
  /** The file's content. Throws DATA_LOSS when it is missing or another one. */
  readFile(ref: FileRef): Uint8Array;
  remove(name: string): void;
  /** A step's record, bound to this manifest. Throws FAILED_PRECONDITION when another manifest wrote it. */
  readRecord<T>(key: string): T | undefined;
  writeRecord(key: string, record: object): void;
  readonly finished: boolean;
}

/** The run directory at `path` for a game. */
export function openRunDirectory(path: string, manifest: Manifest): RunDirectory {
  const digest = manifestDigest(manifest);
  const file = (...parts: string[]): string => join(path, ...parts);
  const recordPath = (key: string): string => file('checkpoints', `${key}.json`);
  return {
    path,
    name: path.split(/[\\/]/).pop() ?? path,
    file,
    writeFile(name, content) {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      writeFileAtomic(file(name), bytes);
      return { file: name, sha256: sha256Hex(bytes), size: bytes.byteLength };
    },
    readFile(ref) {
      const bytes = readIfThere(file(ref.file));
      const found = bytes === undefined ? 'no file' : sha256Hex(bytes);
      if (bytes !== undefined && found === ref.sha256) return bytes;
      throw new TheriacError(`${file(ref.file)} is not what the run recorded`, {
        code: 'DATA_LOSS',
        field: ref.file,
        found,
        allowed: ref.sha256,
        remedy: 'Play the game again, with --fresh.',
      });
    },
    remove: (name) => rmSync(file(name), { force: true }),
    readRecord<T>(key: string): T | undefined {
      const text = readIfThere(recordPath(key));
      if (text === undefined) return undefined;
      const { manifestDigest: owner, record } = JSON.parse(text.toString('utf8')) as {
        manifestDigest: string;
        record: T;
      };
      if (owner === digest) return record;
      throw new TheriacError(`the checkpoint ${recordPath(key)} belongs to another game`, {
        code: 'FAILED_PRECONDITION',
        field: 'manifestDigest',
        found: owner,
        allowed: digest,
        remedy: 'Remove it, or play the game again with --fresh.',
      });
    },
    writeRecord(key, record) {
      writeFileAtomic(recordPath(key), `${JSON.stringify({ manifestDigest: digest, record })}\n`);
    },
    get finished() {
      return existsSync(file('card.json'));
    },
  };
}

/** The manifest of a run. Throws NOT_FOUND naming the runs that are there. */
export function readManifest(runsDirectory: string, name: string): { path: string; manifest: Manifest } {
  const path = existsSync(join(name, 'manifest.json')) ? resolve(name) : resolve(runsDirectory, name);
  const text = readIfThere(join(path, 'manifest.json'));
  if (text !== undefined) return { path, manifest: parseManifest(text.toString('utf8'), join(path, 'manifest.json')) };
  const known = runsIn(runsDirectory);
  throw new TheriacError(`there is no run ${JSON.stringify(name)} in ${resolve(runsDirectory)}`, {
    code: 'NOT_FOUND',
    field: 'run',
    found: name,
    allowed: known.length === 0 ? 'none yet' : known.slice(0, 10).join(', '),
    remedy: 'Name one of these, or another folder with --runs-dir.',
  });
}

/** The names of the runs in a folder, sorted. */
export function runsIn(runsDirectory: string): string[] {
  if (!existsSync(runsDirectory)) return [];
  return readdirSync(runsDirectory)
    .filter((name) => existsSync(join(runsDirectory, name, 'manifest.json')))
    .sort();
}

/**
 * Where a game is played: an unfinished run of the same manifest goes on; a finished one is left alone (`reuse`: it is the
 * answer) and the next free number is taken. `fresh`: always a new number.
 */
export function placeRun(runsDirectory: string, manifest: Manifest, how: { reuse?: boolean; fresh?: boolean }): string {
  const base = join(resolve(runsDirectory), runId(manifest));
  for (let number = 1; ; number++) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(join(path, 'manifest.json'))) return path;
    if (how.fresh === true) continue;
    if (how.reuse === true || !existsSync(join(path, 'card.json'))) return path;
  }
}

/** Makes the directory and writes its manifest, once. */
export function beginRun(path: string, manifest: Manifest): RunDirectory {
  mkdirSync(join(path, 'checkpoints'), { recursive: true });
  if (!existsSync(join(path, 'manifest.json'))) writeFileAtomic(join(path, 'manifest.json'), manifestText(manifest));
  return openRunDirectory(path, manifest);
}
