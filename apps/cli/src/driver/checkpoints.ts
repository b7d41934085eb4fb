/** Checkpoints of work under way: the service's state, kept with the run and offered again to whoever goes on. */
import type { BlobRef } from '@theriac/contract/tensor';
import { downloadBlob, uploadBlob } from '@theriac/service-kit';
import { blobRef, keepRecord } from './game';
import type { Game } from './game';
import type { Player } from './players';
import type { RunningRecord } from './records';

/** Keeps the state of a slice that ended: first the blob, then the record that names it. */
export async function keepCheckpoint(
  game: Game,
  player: Player<unknown>,
  key: string,
  checkpoint: { readonly state: BlobRef; readonly step: number; readonly of: number },
): Promise<void> {
  const bytes = await downloadBlob(player.blobs, checkpoint.state, { signal: game.signal });
  const file = `checkpoints/${key}.state-${checkpoint.step}.safetensors`;
  const before = game.run.readRecord<RunningRecord>(key);
  const record: RunningRecord = {
    status: 'running',
    state: game.run.writeFile(file, bytes),
    step: checkpoint.step,
    of: checkpoint.of,
  };
  keepRecord(game, key, record);
  if (before?.status === 'running' && before.state.file !== file) game.run.remove(before.state.file);
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

/** Removes the states of work that is done. */
export function dropCheckpoint(game: Game, record: { readonly status: string } | undefined): void {
  if (record?.status === 'running') game.run.remove((record as RunningRecord).state.file);
}
