/** A game in progress: what every step of the driver works on. */
import { placements, scalings } from '@theriac/contract';
import type { GameSpec, Poison, PoisonFraction } from '@theriac/contract/game';
import type { BlobRef, TensorBundle } from '@theriac/contract/tensor';
import type { Manifest } from '@theriac/game';
import { readRemoteBundle, uploadBlob } from '@theriac/service-kit';
import { encodeSafetensors, TheriacError } from '@theriac/tensors';
import type { NamedArray } from '@theriac/tensors';
import type { CleanStore } from './clean-store';
import type { EventLog } from './event-log';
import type { RunLock } from './lock';
import type { Player, Players } from './players';
import type { Reporter } from './reporter';
import type { FileRef, RunDirectory } from './run-directory';

export interface Game {
  readonly manifest: Manifest;
  readonly run: RunDirectory;
  readonly players: Players;
  readonly lock: RunLock;
  readonly events: EventLog;
  readonly reporter: Reporter;
  readonly store: CleanStore;
  readonly signal: AbortSignal;
  /** Budget of a slice in seconds: what a crash can cost at most. */
  readonly sliceSeconds: number;
}

/** The manifest's game as the contract says it. */
export function gameSpec({ game }: Pick<Manifest, 'game'>): GameSpec {
  const { dataset, trainLimit, validationCount, model, scaling } = game;
  return { dataset, trainLimit, validationCount, model, scaling: scalings.toValue(scaling) };
}

/** Keeps a step's record, if this driver still owns the run. */
export function keepRecord(game: Game, key: string, record: { readonly status: string }): void {
  game.lock.ensureHeld();
  game.run.writeRecord(key, record);
  game.events.write({ event: record.status, key });
}

/** A safetensors file as a bundle that `player` holds. */
export async function offer(
  player: Player<unknown>,
  bytes: Uint8Array,
  signal: AbortSignal,
  ref?: BlobRef,
): Promise<TensorBundle> {
  const named = ref === undefined ? {} : { ref };
  return { source: { $case: 'blob', value: await uploadBlob(player.blobs, bytes, { signal, ...named }) } };
}

/** A file of the run as a bundle that `player` holds. */
export function offerFile(game: Game, player: Player<unknown>, ref: FileRef): Promise<TensorBundle> {
  return offer(player, game.run.readFile(ref), game.signal, blobRef(ref));
}

/** The run's poison as `player` gets it: its rows, and where they go. */
export async function offerPoison(game: Game, player: Player<unknown>, ref: FileRef): Promise<Poison> {
  const placement = placements.toValue(game.manifest.attack?.placement ?? 'added');
  return { rows: await offerFile(game, player, ref), placement };
}

/** eps_d as the contract says it: all of mu replaced is everything. */
export function fractionMessage({ attack, poisonFraction }: Manifest): PoisonFraction {
  const everything = attack?.placement === 'replaced' && poisonFraction === 1;
  return {
    amount: everything ? { $case: 'everything', value: true } : { $case: 'ratio', value: poisonFraction },
  };
}

/** The name under which services hold a file of the run: its digest is known, and checked whenever it is read. */
export function blobRef({ sha256, size }: FileRef): BlobRef {
  return { sha256: Buffer.from(sha256, 'hex'), size };
}

/** The tensors of a bundle that `player` answered with. Throws DATA_LOSS when there is none. */
export async function fetchTensors(
  player: Player<unknown>,
  bundle: TensorBundle | undefined,
  field: string,
  signal: AbortSignal,
): Promise<Map<string, NamedArray>> {
  if (bundle?.source === undefined)
    throw new TheriacError(`the ${player.role} answered without ${field}`, {
      code: 'DATA_LOSS',
      field,
      remedy: 'Look at the log of the service; its version may be another one.',
    });
  return readRemoteBundle(player.blobs, bundle, { signal });
}

/** Fetches a bundle and keeps it as a file of the run. */
export async function keepTensors(
  game: Game,
  player: Player<unknown>,
  bundle: TensorBundle | undefined,
  file: string,
): Promise<FileRef> {
  const tensors = await fetchTensors(player, bundle, file, game.signal);
  return game.run.writeFile(file, encodeSafetensors([...tensors.values()]));
}
