/**
 * Training, then F(chi; w), its gradient and the accuracy over all rows at the parameters it led to, so that every card can say how far from
 * an argmin the defender stopped. That takes one pass over the rows: for a large model as long as an epoch, so it is work in steps too.
 */
import type { Oracles, PlainState, RowData } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import { norm } from '@theriac/tensors';
import type { Trained, Training } from './training';

/** Activations of the rows that one step measures, about: some seconds of work at most. */
const mostActivations = 1 << 28;

/** Training with its measure. */
export interface MeasuredTraining extends Omit<Training, 'result'> {
  result(
    state: PlainState,
  ): Trained & { readonly loss: number; readonly gradientNorm: number; readonly accuracy: number };
}

/** `training`, and then the measure over `rows`. The caller disposes. */
export function measuredTraining(training: Training, oracles: Oracles, rows: RowData): MeasuredTraining {
  const { model, chunk } = oracles;
  const p = model.layout.size;
  const chunks = Math.max(1, Math.floor(mostActivations / model.activations / chunk));
  const piece = Math.min(rows.count, chunks * chunk);
  const pieces = Math.ceil(rows.count / piece);

  /** A state of the training, or the first of the measure: of what training remembers, only its result is kept. */
  function trainedTo(state: PlainState): PlainState {
    if (!state.done) return { ...state, of: state.of + pieces, scalars: { ...state.scalars, trainingSteps: state.of } };
    const { kept, keptCount, stopped } = training.result(state);
    return {
      step: state.step,
      of: state.step + pieces,
      done: false,
      scalars: { ...training.metrics(state), measured: 0, lossSum: 0, rightSum: 0, keptCount, stopped },
      arrays: { kept, gradientSum: new Float32Array(p) },
    };
  }

  /** Where training ended: the last of what it kept. */
  const last = ({ arrays }: PlainState): Float32Array => (arrays['kept'] as Float32Array).subarray(-p);

  return {
    start: () => trainedTo(training.start()),
    step(state) {
      const { trainingSteps, ...scalars } = state.scalars;
      if (!measures(state)) return trainedTo(training.step({ ...state, of: trainingSteps as number, scalars }));
      const from = scalars['measured'] as number;
      const to = Math.min(from + piece, rows.count);
      const part = rowsBetween(rows, from, to);
      const w = last(state);
      const { loss, gradient } = oracles.gradient(w, part);
      // 32 bits for the sum of a few hundred pieces: the norm is wanted to some figures, and the vector may be large.
      const { gradientSum, kept } = state.arrays as Record<'gradientSum' | 'kept', Float32Array>;
      const sum = gradientSum.map((before, k) => before + (to - from) * (gradient[k] as number));
      const lossSum = (scalars['lossSum'] as number) + (to - from) * loss;
      const rightSum = (scalars['rightSum'] as number) + rightOf(oracles.logits(w, part), part.y);
      const done = to === rows.count;
      // Of the gradient, the end of a training remembers the norm.
      return {
        step: state.step + 1,
        of: state.of,
        done,
        scalars: { ...scalars, measured: to, lossSum, rightSum, gradientNorm: done ? norm(sum) / to : -1 },
        arrays: done ? { kept } : { kept, gradientSum: sum },
      };
    },
    metrics: (state) => (measures(state) ? figuresOf(state) : training.metrics(state)),
    result(state) {
      const { lossSum, rightSum, measured, keptCount, stopped, gradientNorm } = state.scalars;
      return {
        parameters: last(state).slice(),
        kept: state.arrays['kept'] as Float32Array,
        keptCount: keptCount as number,
        stopped: stopped as Trained['stopped'],
        ...(training.privacy === undefined ? {} : { privacy: training.privacy }),
        loss: (lossSum as number) / (measured as number),
        gradientNorm: gradientNorm as number,
        accuracy: (rightSum as number) / (measured as number),
      };
    },
    dispose: () => training.dispose(),
  };
}

/** Rows whose largest logit is that of their class; ties go to the lowest class. */
function rightOf(logits: Float32Array, y: ArrayLike<number>): number {
  const classes = logits.length / y.length;
  let right = 0;
  for (let row = 0; row < y.length; row++) {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    right += own.indexOf(Math.max(...own)) === y[row] ? 1 : 0;
  }
  return right;
}

const measures = (state: PlainState): boolean => state.scalars['measured'] !== undefined;

/** The figures that training ended with. */
function figuresOf({ scalars }: PlainState): Record<string, number> {
  const own = ['measured', 'lossSum', 'rightSum', 'gradientNorm', 'keptCount', 'stopped'];
  return Object.fromEntries(Object.entries(scalars).filter(([name]) => !own.includes(name))) as Record<string, number>;
}
