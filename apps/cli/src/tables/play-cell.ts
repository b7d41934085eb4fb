/** Plays, or probes, one cell by way of the services. */
import { join } from 'node:path';
import type { Dataset } from '@theriac/datasets';
import { probeGame } from '../driver/probing';
import type { Reporter } from '../driver/reporter';
import { withScratchGame } from '../driver/scratch-game';
import type { Scratched } from '../driver/scratch-game';
import { noCleanStore } from '../driver/clean-store';
import { corruptIn, describeCorruption } from '../sitting/corrupt-verb';
import { examineIn } from '../sitting/examine';
import { playOnlineSettings, requireHere } from '../sitting/online-verb';
import { defaultSliceSeconds, playSettings, scratchOf } from '../sitting/play-verb';
import type { Sitting } from '../sitting/sitting';
import type { ProfileName } from './cell-file';
import type { Prepared } from './cell-state';
import { measuredCell, scratchFolder, writeDocument } from './measured-cell';
import type { Measurement, MeasuredCell, ProbedCell } from './measured-cell';

export interface CellRun {
  readonly sitting: Sitting;
  readonly reporter: Reporter;
  readonly runsDir: string;
  readonly profile: ProfileName;
  readonly data: Dataset | undefined;
  readonly fresh: boolean;
}

/** Plays a cell, or goes on with it, and keeps what it measured within the runs folder. */
export async function playCell(id: string, prepared: Prepared, run: CellRun): Promise<MeasuredCell> {
  const { manifest, question } = prepared;
  const { result, forget } = await measure(prepared, run);
  const measured = measuredCell(id, run.profile, question, manifest, result);
  if (measured.kind === 'corruption' || measured.kind === 'threshold')
    writeDocument(scratchFolder(run.runsDir), question, measured);
  forget();
  return measured;
}

const nothing = (): void => {};

async function measure({ work, manifest }: Prepared, run: CellRun): Promise<Scratched<Measurement>> {
  const { sitting, reporter, runsDir, data, fresh } = run;
  const { settings } = work;
  sitting.logTo(join(scratchFolder(runsDir), 'logs'));
  const how = { runsDir, reuse: !fresh, ...(fresh ? { fresh } : {}) };
  if (work.kind === 'online') {
    const dataset = requireHere(data, settings.game.dataset);
    const { card } = await playOnlineSettings(sitting, work.stream, dataset, reporter, how);
    return { result: { kind: 'online', card }, forget: nothing };
  }
  if (work.kind === 'game') {
    const { card } = await playSettings(sitting, settings, data, reporter, how);
    return { result: { kind: 'game', card }, forget: nothing };
  }
  if (work.kind === 'threshold') {
    const { result, forget } = await examineIn(sitting, settings, manifest, work.question, reporter, runsDir);
    return { result: { kind: 'threshold', card: result }, forget };
  }
  const { epsilonW, orders } = work;
  const { result, forget } = await corruptIn(sitting, settings, manifest, epsilonW, orders, reporter, runsDir);
  return { result: { kind: 'corruption', card: describeCorruption(manifest, epsilonW, result) }, forget };
}

/** Probes a cell for about `seconds` a phase. What is no game trains its clean model, and that is what takes time; of an online game it is a part. */
export async function probeCell(
  id: string,
  { work, manifest, question }: Prepared,
  { sitting, reporter, runsDir, profile, data }: CellRun,
  seconds: number,
): Promise<ProbedCell> {
  const trained = { ...manifest, protocols: [manifest.attackerProtocol], seeds: manifest.seeds.slice(0, 1) };
  const probed = work.kind === 'game' ? manifest : trained;
  const rows = data?.train.count ?? manifest.game.trainLimit;
  const options = {
    path: scratchOf(sitting, runsDir, probed, { kind: 'probe', seconds }),
    manifest: probed,
    players: sitting.players,
    reporter,
    store: noCleanStore,
    signal: sitting.signal,
    sliceSeconds: defaultSliceSeconds,
  };
  const { result: probe, forget } = await withScratchGame(options, (scratch) => probeGame(scratch, rows, seconds));
  const document: ProbedCell = measuredCell(id, profile, question, manifest, { kind: 'probe' as const, probe });
  writeDocument(scratchFolder(runsDir), `${question}.probe`, document);
  forget();
  return document;
}
