/** What a defence left out, held against the true poison. Only the driver knows which rows of chi those are. */
import type { TrainOutcome } from '@theriac/contract/trainer';
import { decodeSafetensors, int32Of } from '@theriac/tensors';
import { fetchTensors } from './game';
import type { Game } from './game';
import type { CraftedRecord, RemovalRecord } from './records';
import type { TrainingTask } from './table-of-work';

/** How many rows the trainer left out, and how many of them are poison; nothing where no defence acts. */
export async function removalOf(
  game: Pick<Game, 'manifest' | 'players' | 'run' | 'signal'>,
  task: Pick<TrainingTask, 'poisoned' | 'defended'>,
  { removed, rows }: Pick<TrainOutcome, 'removed' | 'rows'>,
): Promise<{ removed?: RemovalRecord }> {
  if (!task.defended || game.manifest.defence === 'none') return {};
  const tensors = await fetchTensors(game.players.trainer, removed, 'removed', game.signal);
  const indices = [...tensors.values()].flatMap((array) => [...int32Of(array)]);
  const isPoison = task.poisoned ? poisonIn(game, rows) : () => false;
  return { removed: { rows: indices.length, poison: indices.filter(isPoison).length } };
}

/** Whether a row of chi is poison: the last ones, or those whose place it took. */
function poisonIn({ manifest, run }: Pick<Game, 'manifest' | 'run'>, rows: number): (row: number) => boolean {
  const crafted = run.readRecord<CraftedRecord>('craft');
  if (crafted === undefined) return () => false;
  if (manifest.attack?.placement !== 'replaced') return (row) => row >= rows - crafted.count;
  const base = decodeSafetensors(run.readFile(crafted.poison)).tensors.find(({ name }) => name === 'base');
  const replaced = new Set(base === undefined ? [] : int32Of(base));
  return (row) => replaced.has(row);
}
