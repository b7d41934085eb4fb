/**
 * runs/<id>/: manifest.json, events.jsonl, checkpoints/, poison.safetensors, poison.json, parameters-*.safetensors, card.json,
 * report.html, logs/. Blobs first, the record that names them last; each file by temporary file, fsync, rename.
 */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Manifest } from '@theriac/game';
import { manifestText, parseManifest, runId, sha256Hex } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { readIfThere, writeFileAtomic } from './atomic-file';
import { makeFolder } from './disk-error';
import { ofAnotherGame, recordedManifest, recordFiles, recordOf } from './record-files';
import type { FinishedRecord } from './records';

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
  /**
   * The last whole record of a step; what is torn or changed is passed over, and told. Throws FAILED_PRECONDITION with the
   * differences when another manifest wrote it.
   */
  readRecord<T>(key: string): T | undefined;
  /** The checkpoint before the last one, of a step under way. */
  readRecordBefore<T>(key: string): T | undefined;
  writeRecord(key: string, record: object): void;
  /** Removes what a kill left half-done: temporary files, and states that no record names. */
  sweep(): void;
  readonly finished: boolean;
}

/** Who writes, and who hears of what is damaged. */
export interface RunKeeping {
  /** Asked before every change; throws where another driver owns the run. */
  readonly fence?: () => void;
  readonly damaged?: (what: string) => void;
}

/** The run directory at `path` for a game. */
export function openRunDirectory(
  path: string,
  manifest: Manifest,
  { fence = () => {}, damaged = () => {} }: RunKeeping = {},
): RunDirectory {
  const file = (...parts: string[]): string => join(path, ...parts);
  // Files that were read or written here: none is read twice only to be checked.
  const whole = new Set<string>();
  const remember = (ref: FileRef): FileRef => {
    whole.add(`${ref.file} ${ref.sha256}`);
    return ref;
  };
  const isWhole = (ref: FileRef): boolean => {
    if (whole.has(`${ref.file} ${ref.sha256}`)) return true;
    const bytes = readIfThere(file(ref.file));
    if (bytes === undefined || sha256Hex(bytes) !== ref.sha256) return false;
    remember(ref);
    return true;
  };
  const records = recordFiles({ run: path, manifest, isWhole, fence, damaged });
  return {
    path,
    name: path.split(/[\\/]/).pop() ?? path,
    file,
    writeFile(name, content) {
      const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
      writeFileAtomic(file(name), bytes, fence);
      return remember({ file: name, sha256: sha256Hex(bytes), size: bytes.byteLength });
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
    remove(name) {
      fence();
      rmSync(file(name), { force: true });
    },
    readRecord: records.read,
    readRecordBefore: records.readBefore,
    writeRecord: records.write,
    sweep() {
      const named = records.named();
      const isLeft = (name: string): boolean =>
        name.startsWith('checkpoints/') && name.endsWith('.safetensors') && !named.has(name);
      const inside = readdirSync(file('checkpoints')).map((name) => `checkpoints/${name}`);
      for (const name of [...readdirSync(path), ...inside])
        // A claim of the lock is its claimant's.
        if ((name.endsWith('.tmp') && !name.startsWith('lock.')) || isLeft(name)) rmSync(file(name), { force: true });
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
  if (text !== undefined) return { path, manifest: readableManifest(path, text.toString('utf8')) };
  const known = runsIn(runsDirectory);
  throw new TheriacError(`there is no run ${JSON.stringify(name)} in ${resolve(runsDirectory)}`, {
    code: 'NOT_FOUND',
    field: 'run',
    found: name,
    allowed: known.length === 0 ? 'none yet' : known.slice(0, 10).join(', '),
    remedy: 'Name one of these, or another folder with --runs-dir.',
  });
}

/** The JSON of a finished run's card; undefined where the run is not finished, or the card is torn or changed. */
export function readFinished(path: string): unknown {
  const bytes = readIfThere(join(path, 'card.json'));
  if (bytes === undefined) return undefined;
  const recorded = recordOf<FinishedRecord>(path, 'finished')?.card;
  if (recorded !== undefined && recorded !== sha256Hex(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The manifest in `text`, or where that is torn the one that the run's records were written for. */
function readableManifest(path: string, text: string): Manifest {
  try {
    return parseManifest(text, join(path, 'manifest.json'));
  } catch (error) {
    const recorded = isDataLoss(error) ? recordedManifest(path) : undefined;
    if (recorded === undefined) throw error;
    return recorded;
  }
}

const isDataLoss = (error: unknown): boolean => error instanceof TheriacError && error.detail.code === 'DATA_LOSS';

/** The names of the runs in a folder, sorted. */
export function runsIn(runsDirectory: string): string[] {
  if (!existsSync(runsDirectory)) return [];
  return readdirSync(runsDirectory)
    .filter((name) => existsSync(join(runsDirectory, name, 'manifest.json')))
    .sort();
}

/**
 * Where a game is played: an unfinished run of the same manifest goes on; a finished one is the answer until the user has seen
 * it (`reuse`: then too), and is left alone afterwards, when the next free number is taken. `fresh`: always a new number.
 */
export function placeRun(runsDirectory: string, manifest: Manifest, how: { reuse?: boolean; fresh?: boolean }): string {
  const base = join(resolve(runsDirectory), runId(manifest));
  for (let number = 1; ; number++) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!existsSync(join(path, 'manifest.json'))) return path;
    if (how.fresh === true) continue;
    if (how.reuse === true || !existsSync(join(path, 'card.json')) || !existsSync(join(path, shown))) return path;
  }
}

const shown = join('checkpoints', 'shown');

/** Notes that the user has seen the card of a run: whoever plays the same game from now on wants another. */
export function markShown(path: string): void {
  try {
    writeFileSync(join(path, shown), '');
  } catch {
    return; // what can only be read is shown again
  }
}

/** Makes the directory and writes its manifest, once. Throws FAILED_PRECONDITION with the differences where another game is there. */
export function beginRun(path: string, manifest: Manifest, keeping: RunKeeping = {}): RunDirectory {
  makeFolder(join(path, 'checkpoints'));
  const file = join(path, 'manifest.json');
  const found = readIfThere(file)?.toString('utf8');
  if (found !== undefined && found !== manifestText(manifest)) requireSameGame(file, found, manifest, keeping);
  if (found !== manifestText(manifest)) writeFileAtomic(file, manifestText(manifest), keeping.fence);
  return openRunDirectory(path, manifest, keeping);
}

function requireSameGame(file: string, text: string, manifest: Manifest, { damaged }: RunKeeping): void {
  try {
    const theirs = parseManifest(text, file);
    if (manifestText(theirs) !== manifestText(manifest)) throw ofAnotherGame(file, theirs, manifest);
  } catch (error) {
    if (!isDataLoss(error)) throw error;
    damaged?.(`${file} is torn or changed`);
  }
}
