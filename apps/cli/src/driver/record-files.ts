/**
 * What the driver remembers of each step: checkpoints/<key>.json, and of a step under way also checkpoints/<key>.before.json,
 * the checkpoint before. A record counts only while it and every file that it names are whole.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@theriac/game';
import { differences, manifestDigest, sha256Hex } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { readIfThere, writeFileAtomic } from './atomic-file';
import type { FileRef } from './run-directory';

export interface RecordFiles {
  /** The last whole record. Throws FAILED_PRECONDITION with the differences when another manifest wrote it. */
  read<T>(key: string): T | undefined;
  /** The checkpoint before the last one, of a step under way. */
  readBefore<T>(key: string): T | undefined;
  write(key: string, record: object): void;
  /** The files that any whole record names, relative to the run. */
  named(): ReadonlySet<string>;
}

export interface RecordPlace {
  readonly run: string;
  readonly manifest: Manifest;
  /** Whether a file is there as it was recorded. */
  isWhole(ref: FileRef): boolean;
  fence(): void;
  /** Told once of each record that is passed over. */
  damaged(what: string): void;
}

interface Envelope {
  readonly manifestDigest: string;
  readonly manifest: Manifest;
  /** Of the record's JSON. */
  readonly sha256: string;
  readonly record: object;
}

/** The records of a run. */
export function recordFiles({ run, manifest, isWhole, fence, damaged }: RecordPlace): RecordFiles {
  const digest = manifestDigest(manifest);
  const pathOf = (key: string): string => join(run, 'checkpoints', `${key}.json`);
  const told = new Set<string>();
  const tell = (what: string): undefined => {
    if (!told.has(what)) damaged(what);
    told.add(what);
    return undefined;
  };

  function readOne<T>(key: string): T | undefined {
    const path = pathOf(key);
    if (!existsSync(path)) return undefined;
    const envelope = envelopeAt(path);
    if (envelope === undefined) return tell(`${path} is torn or changed`);
    if (envelope.manifestDigest !== digest) throw ofAnotherGame(path, envelope.manifest, manifest);
    const broken = filesOf(envelope.record).find((ref) => !isWhole(ref));
    return broken === undefined
      ? (envelope.record as T)
      : tell(`${join(run, broken.file)} is torn, changed or missing`);
  }

  function write(key: string, record: object): void {
    const envelope: Envelope = { manifestDigest: digest, manifest, sha256: sha256Hex(JSON.stringify(record)), record };
    writeFileAtomic(pathOf(key), `${JSON.stringify(envelope)}\n`, fence);
  }

  return {
    read: <T>(key: string) => readOne<T>(key) ?? readOne<T>(before(key)),
    readBefore: <T>(key: string) => readOne<T>(before(key)),
    write(key, record) {
      const last = readOne(key);
      if (isRunning(last) && isRunning(record)) write(before(key), last);
      write(key, record);
      if (!isRunning(record)) rmSync(pathOf(before(key)), { force: true });
    },
    named: () =>
      new Set(
        readdirSync(join(run, 'checkpoints'))
          .filter((name) => name.endsWith('.json'))
          .flatMap((name) => filesOf(readOne(name.slice(0, -'.json'.length))))
          .map(({ file }) => file),
      ),
  };
}

const before = (key: string): string => `${key}.before`;

/** The manifest that a run's records were written for; undefined where none can be read. */
export function recordedManifest(run: string): Manifest | undefined {
  const folder = join(run, 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  return names.flatMap((name) => envelopeAt(join(folder, name))?.manifest ?? [])[0];
}

/** A record of a run, whatever its manifest and its files; undefined where it cannot be read. */
export function recordOf<T>(run: string, key: string): T | undefined {
  return envelopeAt(join(run, 'checkpoints', `${key}.json`))?.record as T | undefined;
}

function envelopeAt(path: string): Envelope | undefined {
  return openEnvelope(readIfThere(path)?.toString('utf8') ?? '');
}

/** Refuses to go on with what belongs to another game, saying how they differ. */
export function ofAnotherGame(path: string, theirs: Manifest | undefined, ours: Manifest): TheriacError {
  const found = theirs === undefined ? [] : differences(theirs, ours);
  const shown = found.slice(0, 5).map(({ field, before, after }) => `${field} is ${before} there and ${after} here`);
  const more = found.length > shown.length ? [`${found.length - shown.length} more`] : [];
  const how = shown.length === 0 ? '' : `: ${[...shown, ...more].join(', ')}`;
  return new TheriacError(`${path} belongs to another game${how}`, {
    code: 'FAILED_PRECONDITION',
    field: found[0]?.field ?? 'manifestDigest',
    remedy: 'Go on with the settings it was begun with, or play the game again with --fresh.',
  });
}

/** Undefined for anything but a record that was written here, to the bit. */
function openEnvelope(text: string): Envelope | undefined {
  try {
    const envelope = JSON.parse(text) as Envelope;
    const whole =
      envelope.sha256 === sha256Hex(JSON.stringify(envelope.record)) &&
      envelope.manifestDigest === manifestDigest(envelope.manifest);
    return whole ? envelope : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(record: unknown): record is object {
  return (record as { status?: unknown } | undefined)?.status === 'running';
}

/** Every file that a record names, however deep; a file without a name is none. */
function filesOf(value: unknown): FileRef[] {
  if (typeof value !== 'object' || value === null) return [];
  const { file, sha256 } = value as Partial<FileRef>;
  if (typeof file === 'string' && typeof sha256 === 'string') return file === '' ? [] : [value as FileRef];
  return Object.values(value).flatMap(filesOf);
}
