/** Where a cell of a table stands in a profile. */
import type { Manifest } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import type { GameSettings } from '../arguments/game-settings';
import type { Descriptions } from '../arguments/from-describe';
import { manifestOf } from '../arguments/from-describe';
import { placeRun } from '../driver/run-directory';
import { onlineManifestOf, readOnlineCard } from '../sitting/online-verb';
import { readCard } from '../sitting/show-card';
import type { CellFile, ProfileName } from './cell-file';
import { named, workOf } from './cell-work';
import type { CellWork } from './cell-work';
import { measuredCell, readDocument, resultsFolder, scratchFolder } from './measured-cell';
import type { MeasuredCell, ProbedCell } from './measured-cell';
import { questionDigest } from './question';
import type { Table } from './table-folder';

/** A cell that can be played: what it comes to, and the question it asks. */
export interface Prepared {
  readonly work: CellWork;
  readonly manifest: Manifest;
  readonly question: string;
}

export interface CellState {
  readonly cell: CellFile;
  readonly prepared: Prepared | undefined;
  readonly measured: MeasuredCell | undefined;
  /** Where the measurement was found. */
  readonly from: 'committed' | 'another table' | 'runs' | 'played' | undefined;
  readonly probed: ProbedCell | undefined;
  /** Why it is not measured, in one line. */
  readonly reason: string | undefined;
  readonly failed: boolean;
}

export interface Surroundings {
  readonly table: Table;
  readonly profile: ProfileName;
  readonly runsDir: string;
  readonly datasets: readonly string[];
  readonly found: Descriptions;
  /** The digest of a game's data; null where the driver does not hold them. */
  digestOf(settings: GameSettings): Promise<string | null>;
  /** A card of another table that answers a question. */
  readonly neighbours: (question: string) => MeasuredCell | undefined;
}

/** What a cell comes to. Throws INVALID_ARGUMENT naming the file for what the services do not offer. */
async function prepareCell(cell: CellFile, around: Surroundings): Promise<Prepared> {
  const { profile, datasets, found, digestOf } = around;
  const work = workOf(cell, profile, datasets);
  // Asked once without data, so that what is wrong with the cell is said before anything is downloaded.
  named(cell, profile, () => manifestFor(work, found, null));
  const manifest = manifestFor(work, found, await digestOf(work.settings));
  return { work, manifest, question: questionDigest(work, manifest) };
}

function manifestFor(work: CellWork, found: Descriptions, dataDigest: string | null): Manifest {
  if (work.kind === 'online') return onlineManifestOf(work.stream, found, dataDigest);
  return manifestOf(work.settings, found, dataDigest);
}

/** The state of a cell that may be played. Data that cannot be had are a reason, not an error. */
export async function findState(cell: CellFile, around: Surroundings, fresh: boolean): Promise<CellState> {
  let prepared: Prepared;
  try {
    prepared = await prepareCell(cell, around);
  } catch (error) {
    const missing = error instanceof TheriacError && ['NOT_FOUND', 'UNAVAILABLE'].includes(error.detail.code);
    if (!missing) throw error;
    return { ...nothing(cell), reason: error.message };
  }
  const state = { ...nothing(cell), prepared, probed: findProbe(cell, prepared, around) };
  return fresh ? state : { ...state, ...findMeasured(cell, prepared, around) };
}

/** The state of a cell that nobody asked for: what is measured is shown, what is wrong is a reason. */
export async function glanceAt(cell: CellFile, around: Surroundings): Promise<CellState> {
  try {
    return await findState(cell, around, false);
  } catch (error) {
    if (!(error instanceof TheriacError)) throw error;
    return { ...nothing(cell), reason: error.message };
  }
}

function nothing(cell: CellFile): CellState {
  return {
    cell,
    prepared: undefined,
    measured: undefined,
    from: undefined,
    probed: undefined,
    reason: undefined,
    failed: false,
  };
}

function findMeasured(
  cell: CellFile,
  { work, manifest, question }: Prepared,
  { table, profile, runsDir, neighbours }: Surroundings,
): Pick<CellState, 'measured' | 'from'> {
  const { kind } = work;
  const played = playedBefore();
  if (played !== undefined) return { measured: played, from: 'runs' };
  const kept = readDocument<MeasuredCell>(resultsFolder(table.folder, profile), cell.id, [kind]);
  if (kept?.question === question) return { measured: kept, from: 'committed' };
  const neighbour = neighbours(question);
  if (neighbour === undefined) return { measured: undefined, from: undefined };
  return { measured: { ...neighbour, cell: cell.id, profile }, from: 'another table' };

  function playedBefore(): MeasuredCell | undefined {
    const path = (): string => placeRun(runsDir, manifest, { reuse: true });
    if (kind === 'game') {
      const card = readCard(path());
      return card && measuredCell(cell.id, profile, question, manifest, { kind, card });
    }
    if (kind === 'online') {
      const card = readOnlineCard(path());
      return card && measuredCell(cell.id, profile, question, manifest, { kind, card });
    }
    const measured = readDocument<MeasuredCell>(scratchFolder(runsDir), question, [kind]);
    return measured && { ...measured, cell: cell.id, profile };
  }
}

function findProbe(
  { id }: CellFile,
  { question }: Prepared,
  { table, profile, runsDir }: Surroundings,
): ProbedCell | undefined {
  const kept = readDocument<ProbedCell>(resultsFolder(table.folder, profile), `${id}.probe`, ['probe']);
  const here = readDocument<ProbedCell>(scratchFolder(runsDir), `${question}.probe`, ['probe']);
  return here ?? (kept?.question === question ? kept : undefined);
}
