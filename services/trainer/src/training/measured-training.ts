/**
 * Training, then F(chi; w) and its gradient over all rows at the parameters it led to, so that every card can say how far from
 * an argmin the defender stopped. That takes one pass over the rows: for a large model as long as an epoch, so it is work in steps too.
 */
import type { Oracles, PlainState, RowData } from '@theriac/game';
import { norm, rowsBetween } from '@theriac/game';
import type { Trained, Training } from './training';

/** Activations of the rows that one step measures, about: some seconds of work at most. */
const mostActivations = 1 << 26;

/** Training with its measure; states hold those of the training. */
export interface MeasuredTraining extends Omit<Training, 'result'> {
  result(state: PlainState): Trained & { readonly loss: number; readonly gradientNorm: number };
}

/** `training`, and then the measure over `rows`. The caller disposes. */
export function measuredTraining(training: Training, oracles: Oracles, rows: RowData): MeasuredTraining {
  const { model, chunk } = oracles;
  const p = model.layout.size;
  const chunks = Math.max(1, Math.floor(mostActivations / model.activations / chunk));
  const piece = Math.min(rows.count, chunks * chunk);
  const pieces = Math.ceil(rows.count / piece);

  /** The state of the training within. */
  const inner = (state: PlainState): PlainState => ({
    ...state,
    of: state.scalars['trainingSteps'] as number,
    done: (state.scalars['measured'] as number) >= 0,
  });

  /** `measured` rows are behind; -1 while training goes on. */
  function outer(state: PlainState, measured: number, lossSum: number, gradientSum: Float64Array): PlainState {
    const before = measured < 0 ? 0 : Math.ceil(measured / piece);
    return {
      step: state.step,
      of: (measured < 0 ? state.of : state.step - before) + pieces,
      done: measured >= rows.count,
      scalars: { ...state.scalars, trainingSteps: state.of, measured, lossSum },
      arrays: { ...state.arrays, gradientSum },
    };
  }

  const nothing = (): Float64Array => new Float64Array(0);
  const trainedTo = (state: PlainState): PlainState =>
    state.done ? outer(state, 0, 0, new Float64Array(p)) : outer(state, -1, 0, nothing());

  return {
    start: () => trainedTo(training.start()),
    step(state) {
      const within = inner(state);
      if (!within.done) return trainedTo(training.step(within));
      const from = state.scalars['measured'] as number;
      const to = Math.min(from + piece, rows.count);
      const { parameters } = training.result(within);
      const { loss, gradient } = oracles.gradient(parameters, rowsBetween(rows, from, to));
      const sum = Float64Array.from(state.arrays['gradientSum'] as Float64Array);
      for (let k = 0; k < p; k++) sum[k] = (sum[k] as number) + (to - from) * (gradient[k] as number);
      const lossSum = (state.scalars['lossSum'] as number) + (to - from) * loss;
      return outer({ ...within, step: state.step + 1 }, to, lossSum, sum);
    },
    metrics: (state) => training.metrics(inner(state)),
    result(state) {
      const { lossSum, measured } = state.scalars as { lossSum: number; measured: number };
      const gradient = (state.arrays['gradientSum'] as Float64Array).map((sum) => sum / measured);
      return { ...training.result(inner(state)), loss: lossSum / measured, gradientNorm: norm(gradient) };
    },
    dispose: () => training.dispose(),
  };
}
