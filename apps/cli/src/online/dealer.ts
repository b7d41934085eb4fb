/** Deals the rows of a tick from the data set that lies here. */
import type { Dataset } from '@theriac/datasets';
import { planTick } from '@theriac/game/online';
import type { Batch, StoredRows } from '@theriac/game/online';
import type { RandomStream } from '@theriac/tensors';
import { baseValues } from '../report/pictures';
import type { OnlineSettings } from './online-settings';
import { honestRows } from './partition';
import type { Partition } from './partition';

export interface Dealer {
  /** The arrivals of a tick with these poison rows; the attacker takes the place of honest rows only beyond its usual share. */
  deal(tick: number, honest: number, poison: StoredRows | undefined): Batch;
  /** `count` of the attacker's rows, in an order drawn from `random`; each once before any comes again. */
  draw(count: number, random: RandomStream): StoredRows;
}

/** A dealer of one seed. `usual` is the number of honest rows of an ordinary tick. */
export function dealerOf(
  dataset: Dataset,
  partition: Partition,
  settings: OnlineSettings,
  seed: number,
  usual: number,
): Dealer {
  const { features } = dataset;
  const rowsOf = (indices: Int32Array): StoredRows => {
    const x = new Float32Array(indices.length * features);
    indices.forEach((row, place) => x.set(baseValues(dataset, row), place * features));
    return {
      x,
      y: Int32Array.from(indices, (row) => dataset.train.labels[row] as number),
      count: indices.length,
      features,
    };
  };
  return {
    deal(tick, honest, poison) {
      const clean = rowsOf(honestRows(partition, seed, tick, usual).slice(0, honest));
      const plan = planTick(seed, tick, settings, clean.count, poison?.count ?? 0);
      const x = new Float32Array(plan.origin.length * features);
      const y = new Int32Array(plan.origin.length);
      plan.origin.forEach((origin, place) => {
        const from = origin >= 0 ? clean : poison;
        const row = origin >= 0 ? origin : -1 - origin;
        if (from === undefined) return;
        x.set(from.x.subarray(row * features, (row + 1) * features), place * features);
        y[place] = from.y[row] as number;
      });
      return {
        rows: { x, y, count: y.length, features },
        users: plan.users,
        poison: Uint8Array.from(plan.origin, (origin) => (origin < 0 ? 1 : 0)),
      };
    },
    draw(count, random) {
      const { from, to } = partition.validation;
      const order = random.permutation(to - from);
      return rowsOf(Int32Array.from({ length: count }, (_, k) => from + (order[k % order.length] as number)));
    },
  };
}
