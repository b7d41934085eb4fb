/**
 * What theory asks about a signal, estimated from clean data and the clean model; all of it our reading.
 *   xi      rows of mu with g(x) = x: the upper 95% limit of their share (Clopper and Pearson), since there may be none
 *   Delta   max over rows of mu of max_y p(y|g(x)) - p(y*|g(x)), p the clean model's softmax
 *   eps     the share of mu that the clean model gets wrong
 *   p       min over rows of mu of p(y*|x)
 */
import type { CraftGame, Signal, SignalFacts } from '@theriac/game';
import { carriesSignal, rowsBetween, softmaxRows, upperShare, withSignal } from '@theriac/game';
import { largest } from './strategies';

/** Rows of mu that the clean model is asked about. */
const mostRows = 10_000;
const rowsAtOnce = 2000;

export interface Estimate extends SignalFacts {
  /** Rows of mu that carry the signal already. */
  readonly seen: number;
  /** Share of rows with f(g(x)) = f(x) under the clean model. */
  readonly unchanged: number;
}

/** The facts about one signal in a game. */
export function estimateFacts(game: CraftGame, signal: Signal): Estimate {
  const { clean, classes, oracles, wClean } = game;
  const count = Math.min(clean.count, mostRows);
  let [gap, targetFloor, wrong, same] = [0, 1, 0, 0];
  for (let from = 0; from < count; from += rowsAtOnce) {
    const rows = rowsBetween(clean, from, Math.min(from + rowsAtOnce, count));
    const z = oracles.logits(wClean, rows);
    const planted = oracles.logits(wClean, { ...rows, x: signalled(game, rows.x, signal) });
    const [answers, plantedAnswers] = [largest(z, classes), largest(planted, classes)];
    const [p, q] = [softmaxRows(Float64Array.from(z), classes), softmaxRows(Float64Array.from(planted), classes)];
    for (let row = 0; row < rows.count; row++) {
      if (answers[row] !== rows.y[row]) wrong += 1;
      if (answers[row] === plantedAnswers[row]) same += 1;
      if (signal.target === undefined) continue;
      const at = row * classes;
      targetFloor = Math.min(targetFloor, p[at + signal.target] as number);
      const gapHere = (q[at + (plantedAnswers[row] as number)] as number) - (q[at + signal.target] as number);
      gap = Math.max(gap, gapHere);
    }
  }
  const seen = rowsThatCarry(game, signal);
  return {
    uniqueness: upperShare(seen, clean.count),
    gap,
    suboptimality: wrong / count,
    targetFloor,
    seen,
    unchanged: same / count,
  };
}

/** g(x) of rows in model-input space. */
export function signalled(game: CraftGame, x: Float32Array, signal: Signal): Float32Array {
  return game.toModelInput(withSignal(game.toStored(x), signal, game.clean.features));
}

function rowsThatCarry({ clean, stored }: CraftGame, signal: Signal): number {
  let seen = 0;
  for (let row = 0; row < clean.count; row++) if (carriesSignal(stored(row), signal)) seen += 1;
  return seen;
}
