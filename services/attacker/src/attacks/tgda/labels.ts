import type { CraftGame, OptionValues } from '@theriac/game';
import { gatheredRows, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { baseRow } from './poison-rows';

/** Labels of the poison rows: those of their base rows, or the least likely ones under w_c. They are never changed after. */
export function startLabels(game: CraftGame, options: OptionValues): Int32Array {
  const { classes, clean, constraint, count, model, oracles, wClean } = game;
  const rows = Int32Array.from({ length: count }, (_, j) => baseRow(game, j));
  const own = rows.map((row) => clean.y[row]!);
  if (textOption(options, 'labels') === 'base') return own;
  if (constraint.fixesLabels)
    throw invalid('labels', 'least-likely', 'base', 'The constraint keeps the labels of the base rows.');
  // Of several surrogates, one after another, the first is w_c.
  const logits = oracles.logits(wClean.subarray(0, model.layout.size), gatheredRows(clean, rows));
  return own.map((label, j) => {
    let least = (label + 1) % classes;
    for (let k = 0; k < classes; k++)
      if (k !== label && logits[j * classes + k]! < logits[j * classes + least]!) least = k;
    return least;
  });
}
