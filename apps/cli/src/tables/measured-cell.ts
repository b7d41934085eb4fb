/** A cell that was measured, or probed: where such documents are kept, and how they are read back. */
import { join } from 'node:path';
import type { Manifest, ResultCard } from '@theriac/game';
import { manifestDigest, requireFinite } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { readIfThere, writeFileAtomic } from '../driver/atomic-file';
import type { OnlineCard } from '../online/online-card';
import type { CorruptionDocument } from '../sitting/corrupt-verb';
import type { ExaminationDocument } from '../sitting/examine';
import type { ProfileName } from './cell-file';
import type { Probe } from './probe';

interface Head {
  readonly version: 1;
  readonly cell: string;
  readonly profile: ProfileName;
  /** Names what was asked (question.ts). */
  readonly question: string;
  readonly manifestDigest: string;
  readonly manifest: Manifest;
}

export type Measurement =
  | { readonly kind: 'game'; readonly card: ResultCard }
  | { readonly kind: 'corruption'; readonly card: CorruptionDocument }
  | { readonly kind: 'threshold'; readonly card: ExaminationDocument }
  | { readonly kind: 'online'; readonly card: OnlineCard };

export type MeasuredCell = Head & Measurement;

export interface ProbedCell extends Head {
  readonly kind: 'probe';
  readonly probe: Probe;
}

/** Puts the head on a measurement. */
export function measuredCell<M extends Measurement | { readonly kind: 'probe'; readonly probe: Probe }>(
  cell: string,
  profile: ProfileName,
  question: string,
  manifest: Manifest,
  measurement: M,
): Head & M {
  return { version: 1, cell, profile, question, manifestDigest: manifestDigest(manifest), manifest, ...measurement };
}

/** Where a table's measured cards are committed. */
export function resultsFolder(tableFolder: string, profile: ProfileName): string {
  return join(tableFolder, 'results', profile);
}

/** <folder>/<name>.json with a document of one of the kinds. Undefined where there is none. Throws DATA_LOSS for another file. */
export function readDocument<D extends MeasuredCell | ProbedCell>(
  folder: string,
  name: string,
  kinds: readonly D['kind'][],
): D | undefined {
  const path = join(folder, `${name}.json`);
  const bytes = readIfThere(path);
  if (bytes === undefined) return undefined;
  const document = parsed(bytes.toString('utf8'));
  if (document?.version === 1 && kinds.includes(document.kind) && typeof document.question === 'string')
    return document;
  throw new TheriacError(`${path} is not a measured cell`, {
    code: 'DATA_LOSS',
    field: path,
    found: `version ${String(document?.version)}, kind ${String(document?.kind)}`,
    allowed: `version 1, kind ${kinds.join(' or ')}`,
    remedy: 'Remove it, and measure again.',
  });

  function parsed(text: string): D | undefined {
    try {
      return JSON.parse(text) as D;
    } catch {
      return undefined;
    }
  }
}

/** Writes <folder>/<name>.json. */
export function writeDocument(folder: string, name: string, document: MeasuredCell | ProbedCell): void {
  requireFinite(document, name);
  writeFileAtomic(join(folder, `${name}.json`), `${JSON.stringify(document, null, 2)}\n`);
}

/** Where what is no game is kept within a runs folder, by question. */
export function scratchFolder(runsDir: string): string {
  return join(runsDir, '.tables');
}
