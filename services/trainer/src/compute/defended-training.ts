/**
 * Sanitisers, then training, as one sliced work: for each sanitiser, where it needs one, the training of a model on what is left,
 * then the removal; at the end the training on what is left. The state of each stage is that of its training with what was
 * removed so far, so that a checkpoint never sanitises again.
 */
import type { DefenceChoice, PlainState, Sanitiser } from '@theriac/game';
import type { MeasuredTraining } from '../training/measured-training';

/** A sanitiser with its options. */
export interface ChosenSanitiser {
  readonly sanitiser: Sanitiser;
  readonly choice: DefenceChoice;
}

/** What the stages are made of. */
export interface Stages {
  readonly chain: readonly ChosenSanitiser[];
  /** Training on chi without `removed`: the last one under the other defences, those before for a sanitiser. */
  training(removed: Int32Array, last: boolean): MeasuredTraining;
  /** What is removed after the sanitiser, ascending; `fitted` is empty where it does not fit. */
  remove(chosen: ChosenSanitiser, removed: Int32Array, fitted: Float32Array): Promise<Int32Array>;
}

/** The work of all stages. */
export interface DefendedTraining {
  start(): PlainState;
  step(state: PlainState): PlainState | Promise<PlainState>;
  metrics(state: PlainState): Record<string, number>;
  result(state: PlainState): ReturnType<MeasuredTraining['result']> & { readonly removed: Int32Array };
}

/** A stage: training a model for sanitiser `k`, running it, or the training at the end (k = length of the chain). */
interface Stage {
  readonly k: number;
  readonly fitting: boolean;
}

const empty: Float32Array = new Float32Array(0);

/** Training on all of chi, as a work of the same kind. */
export function undefendedTraining(training: MeasuredTraining): DefendedTraining {
  return {
    start: training.start,
    step: training.step,
    metrics: training.metrics,
    result: (state) => ({ ...training.result(state), removed: new Int32Array(0) }),
  };
}

export function defendedTraining({ chain, training, remove }: Stages): DefendedTraining {
  const firstOf = (k: number): Stage => ({ k, fitting: chain[k]?.sanitiser.fits === true });
  const isLast = ({ k }: Stage): boolean => k === chain.length;
  const trainingOf = (stage: Stage, removed: Int32Array): MeasuredTraining => training(removed, isLast(stage));

  /** The first state of a stage; `before`: steps of the stages before it. */
  function entered(stage: Stage, removed: Int32Array, before: number, fitted = empty): PlainState {
    if (isLast(stage) || stage.fitting) return wrapped(stage, removed, before, trainingOf(stage, removed).start());
    return { ...stageHead(stage, before), step: before, of: before + 2, done: false, arrays: { removed, fitted } };
  }

  function wrapped(stage: Stage, removed: Int32Array, before: number, inner: PlainState): PlainState {
    const { scalars } = stageHead(stage, before);
    return {
      step: before + inner.step,
      of: before + inner.of + (isLast(stage) ? 0 : 2),
      done: inner.done && isLast(stage),
      scalars: { ...inner.scalars, ...scalars },
      arrays: { ...inner.arrays, removed },
    };
  }

  return {
    start: () => entered(firstOf(0), new Int32Array(0), 0),
    async step(state) {
      const { stage, removed, before, inner } = readState(state, chain.length);
      const chosen = chain[stage.k];
      if (chosen !== undefined && !stage.fitting) {
        const found = await remove(chosen, removed, inner.arrays['fitted'] as Float32Array);
        return entered(firstOf(stage.k + 1), found, state.step + 1);
      }
      const own = trainingOf(stage, removed);
      const next = own.step(inner);
      if (!next.done || chosen === undefined) return wrapped(stage, removed, before, next);
      const { parameters } = own.result(next);
      return entered({ k: stage.k, fitting: false }, removed, before + next.step, parameters);
    },
    metrics(state) {
      const { stage, removed, inner } = readState(state, chain.length);
      const own = stage.fitting || isLast(stage) ? trainingOf(stage, removed).metrics(inner) : {};
      return { ...own, removed: removed.length };
    },
    result(state) {
      const { stage, removed, inner } = readState(state, chain.length);
      return { ...trainingOf(stage, removed).result(inner), removed };
    },
  };
}

function stageHead({ k, fitting }: Stage, before: number): Pick<PlainState, 'scalars'> {
  return { scalars: { sanitiser: k, fitting, stepsBefore: before } };
}

function readState({ step, of, done, scalars, arrays }: PlainState, stages: number) {
  const { sanitiser, fitting, stepsBefore, ...own } = scalars;
  const { removed, ...ownArrays } = arrays;
  const before = stepsBefore as number;
  const stage: Stage = { k: sanitiser as number, fitting: fitting as boolean };
  const rest = stage.k === stages ? 0 : 2;
  const inner: PlainState = { step: step - before, of: of - before - rest, done, scalars: own, arrays: ownArrays };
  return { stage, removed: removed as Int32Array, before, inner };
}
