/**
 * Checkpoints of work under way: the service's state, kept with the run and offered again to whoever goes on. The last two are
 * kept, so that a torn one costs a slice.
 */
import type { BlobRef } from '@theriac/contract/tensor';
import { downloadBlob, uploadBlob } from '@theriac/service-kit';
import { blobRef, keepRecord } from './game';
import type { Game } from './game';
import type { Player } from './players';
import type { RunningRecord } from './records';
import type { FileRef } from './run-directory';

/** Keeps the state of a slice that ended: first the blob, then the record that names it. */
export async function keepCheckpoint(
  game: Game,
  player: Player<unknown>,
  key: string,
  checkpoint: { readonly state: BlobRef; readonly step: number; readonly of: number },
): Promise<void> {
  const bytes = await downloadBlob(player.blobs, checkpoint.state, { signal: game.signal });
  const file = `checkpoints/${key}.state-${checkpoint.step}.safetensors`;
  const { step, of } = checkpoint;
  const record: RunningRecord = { status: 'running', state: game.run.writeFile(file, bytes), step, of };
  keepRunning(game, key, record);
}

/** Keeps the record of a step under way, whose state is written already, and removes the state before the last. */
export function keepRunning(game: Game, key: string, record: Pick<RunningRecord, 'status' | 'state'>): void {
  const { run } = game;
  const last = run.readRecord<RunningRecord>(key)?.state?.file;
  const before = run.readRecordBefore<RunningRecord>(key)?.state?.file;
  keepRecord(game, key, record);
  if (before !== undefined && before !== last && before !== record.state.file) run.remove(before);
}

/** The state to go on from, as `player` holds it; undefined: from the start. */
export async function resumeState(
  game: Game,
  player: Player<unknown>,
  record: { readonly status: string } | undefined,
): Promise<BlobRef | undefined> {
  if (record?.status !== 'running') return undefined;
  const { state } = record as RunningRecord;
  return uploadBlob(player.blobs, game.run.readFile(state), { signal: game.signal, ref: blobRef(state) });
}

/** Keeps the record of a step that is done, and removes the states that led to it, but for one that it names. */
export function keepDone(game: Game, key: string, record: { readonly status: string; readonly state?: FileRef }): void {
  const { run } = game;
  const states = [run.readRecord<RunningRecord>(key), run.readRecordBefore<RunningRecord>(key)].flatMap((found) =>
    found?.status === 'running' ? [found.state.file] : [],
  );
  keepRecord(game, key, record);
  for (const state of new Set(states)) if (state !== record.state?.file) run.remove(state);
}
