/** The end of a game: what only the data tell, and the page. */
import type { Dataset } from '@theriac/datasets';
import { decodeSafetensors, float32Of, int32Of } from '@theriac/tensors';
import type { Finish } from '../driver/play';
import type { CraftedRecord } from '../driver/records';
import type { RunDirectory } from '../driver/run-directory';
import { reportPage } from './page';
import { baseValues } from './pictures';
import type { PoisonRows } from './pictures';

/** Inspects and reports with the data set at hand, where there is one. */
export function finishRun(dataset: Dataset | undefined): Finish {
  return {
    async inspect(run, crafted) {
      const poison = readPoison(run, crafted);
      return {
        ...(dataset?.notice === undefined ? {} : { notice: dataset.notice }),
        ...(poison === undefined || dataset === undefined ? {} : { unchangedRows: unchangedRows(poison, dataset) }),
      };
    },
    async report(run, card, game) {
      run.writeFile('report.html', reportPage({ card, game, poison: readPoison(run, game.crafted), dataset }));
    },
  };
}

function readPoison(run: RunDirectory, crafted: CraftedRecord | undefined): PoisonRows | undefined {
  if (crafted === undefined || crafted.count === 0) return undefined;
  const tensors = new Map(
    decodeSafetensors(run.readFile(crafted.poison)).tensors.map((tensor) => [tensor.name, tensor]),
  );
  const [x, y, base] = ['x', 'y', 'base'].map((name) => tensors.get(name));
  if (x === undefined || y === undefined) return undefined;
  return {
    x: float32Of(x),
    y: int32Of(y),
    base: base === undefined ? undefined : int32Of(base),
    count: x.shape[0] ?? 0,
    features: x.shape[1] ?? 0,
  };
}

/** Rows that are their base row to the bit, label included. */
export function unchangedRows({ x, y, base, count, features }: PoisonRows, dataset: Dataset): number {
  if (base === undefined) return 0;
  let unchanged = 0;
  for (let row = 0; row < count; row++) {
    const from = base[row] ?? -1;
    if (from < 0 || from >= dataset.train.count || dataset.train.labels[from] !== y[row]) continue;
    const before = baseValues(dataset, from);
    if (x.subarray(row * features, (row + 1) * features).every((value, index) => value === before[index])) unchanged++;
  }
  return unchanged;
}
