/** The board: what a GameSpec names, loaded. The same for every player; the test split is not on it. */
import { scalings } from '@theriac/contract';
import type { GameSpec } from '@theriac/contract/game';
import { loadDataset } from '@theriac/datasets';
import type { Dataset, Scaling } from '@theriac/datasets';
import type { Model, RowData } from '@theriac/game';
import { createModel } from '@theriac/game/engine';
import { invalid } from '@theriac/tensors';
import { modelRows } from './board-rows';

/** The clean data mu, the validation data mu~ and the model of a game. */
export interface Board {
  /** Names everything below: equal keys, equal boards. */
  readonly key: string;
  readonly dataset: Dataset;
  readonly scaling: Scaling;
  readonly model: Model;
  /** mu in model-input space; streamed from the stored values where it is large. */
  readonly clean: RowData;
  /** mu~ in model-input space: the training rows held out, possibly none; streamed where mu is. */
  readonly validation: RowData;
}

/** Names what a game is played with. Throws INVALID_ARGUMENT for an unknown scaling. */
export function boardKey(spec: GameSpec): string {
  const { dataset, trainLimit, validationCount, model } = spec;
  return JSON.stringify({ dataset, trainLimit, validationCount, model, scaling: scalingOf(spec.scaling) });
}

/** Loads what `spec` names. Throws INVALID_ARGUMENT naming the field, or what the data set's loader throws. */
export function setBoard(spec: GameSpec | undefined, directory?: string): Promise<Board> {
  return boardOf(spec, (named) => datasetOf(named, directory));
}

type Load = (spec: GameSpec) => Promise<Dataset>;

function datasetOf({ dataset, trainLimit }: GameSpec, directory: string | undefined): Promise<Dataset> {
  return loadDataset(dataset, {
    ...(directory === undefined ? {} : { directory }),
    ...(trainLimit === 0 ? {} : { trainLimit }),
  });
}

async function boardOf(spec: GameSpec | undefined, load: Load): Promise<Board> {
  if (spec === undefined) throw invalid('game', 'nothing', 'a GameSpec', 'Set the field.');
  const scaling = scalingOf(spec.scaling);
  const dataset = await load(spec);
  const total = dataset.train.count;
  const held = spec.validationCount;
  if (held < 0 || held >= total)
    throw invalid(
      'game.validation_count',
      held,
      `0 to ${total - 1} of the ${total} training rows`,
      'Hold fewer rows out.',
    );
  const rows = modelRows(dataset.train, dataset, scaling);
  return {
    key: boardKey(spec),
    dataset,
    scaling,
    model: createModel(spec.model, dataset.shape, dataset.classes),
    clean: rows(0, total - held),
    validation: rows(total - held, total),
  };
}

/** Keeps the boards last used, so that slices of the same game load nothing again; boards on the same data share them. */
export function boardShelf(directory?: string, kept = 2): (spec: GameSpec | undefined) => Promise<Board> {
  const boards = lastUsed<Board>(kept);
  const datasets = lastUsed<Dataset>(kept);
  return (spec) => {
    if (spec === undefined) return setBoard(spec);
    const dataKey = JSON.stringify([spec.dataset, spec.trainLimit]);
    const dataset = (): Promise<Dataset> => datasets(dataKey, () => datasetOf(spec, directory));
    const key = boardKey(spec);
    const board = boards(key, () => boardOf(spec, dataset));
    // Used now, so that the data sets kept are those of the boards kept.
    return board.then((found) => {
      void datasets(dataKey, () => Promise.resolve(found.dataset));
      return found;
    });
  };
}

/** Keeps what was last asked for; a failure is not kept. */
function lastUsed<T>(most: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const values = new Map<string, Promise<T>>();
  return (key, make) => {
    const value = values.get(key) ?? make();
    values.delete(key);
    values.set(key, value);
    value.catch(() => values.get(key) === value && values.delete(key));
    const oldest = values.keys().next();
    if (values.size > most && oldest.done === false) values.delete(oldest.value);
    return value;
  };
}

function scalingOf(value: GameSpec['scaling']): Scaling {
  const found = scalings.toName(value);
  if (found === undefined) throw invalid('game.scaling', value, scalings.names.join(', '), 'Choose one of these.');
  return found;
}
