/**
 * w* = argmin_w F(chi; w) for softmax regression, taken seriously: L-BFGS on all rows with strong-Wolfe steps, from the
 * same initialisation as the other protocols, preconditioned by second moments. The gradient norm reached is reported.
 */
import type { PlainState } from '@theriac/game';
import { lbfgsStart, lbfgsStep, norm, randomStream } from '@theriac/tensors';
import type { LbfgsState } from '@theriac/tensors';
import type { ConvergedProtocol } from './protocol';
import { secondMomentPreconditioner } from './second-moments';
import type { Trained, Training, TrainingTask } from './training';

/** Relative rounding error of a mean loss whose parts are summed in 32 bits. */
const precision = 2e-7;

/** Pairs of steps and gradient changes kept. */
const memory = 20;

/** Training of `task` to the end. The caller disposes. */
export function convergedTraining(protocol: ConvergedProtocol, task: TrainingTask): Training {
  const { model, oracles, data, seed } = task;
  const p = model.layout.size;
  let precondition: ((g: Float64Array) => Float64Array) | undefined;

  function evaluate(w: Float64Array): { value: number; gradient: Float64Array } {
    const { loss, gradient } = oracles.gradient(Float32Array.from(w), data.rows);
    return { value: loss, gradient: Float64Array.from(gradient) };
  }

  function plain(state: LbfgsState): PlainState {
    const gradientNorm = norm(state.gradient);
    const small = gradientNorm <= protocol.gradientTolerance;
    const { w, gradient, value, iterations, evaluations, exhausted } = state;
    return {
      step: iterations,
      of: protocol.iterations,
      done: small || exhausted || iterations >= protocol.iterations,
      scalars: { value, gradientNorm, evaluations, exhausted, pairs: state.s.length },
      arrays: { w, gradient, s: joined(state.s, p), y: joined(state.y, p) },
    };
  }

  return {
    start: () => {
      const w0 = Float64Array.from(model.initialise(randomStream(seed, 'initialisation')));
      return plain(lbfgsStart(w0, evaluate(w0)));
    },
    step(state) {
      precondition ??= secondMomentPreconditioner(data.rows, model.classes);
      return plain(lbfgsStep(lbfgsOf(state, p), evaluate, { memory, precondition, precision }));
    },
    metrics: ({ scalars }) => ({
      loss: scalars['value'] as number,
      gradient_norm: scalars['gradientNorm'] as number,
    }),
    result({ arrays, scalars }): Trained {
      const parameters = Float32Array.from(arrays['w'] as Float64Array);
      const small = (scalars['gradientNorm'] as number) <= protocol.gradientTolerance;
      const stopped = small ? 'converged' : scalars['exhausted'] === true ? 'line-search' : 'iterations';
      return { parameters, kept: parameters, keptCount: 1, stopped };
    },
    dispose: () => undefined,
  };
}

function lbfgsOf({ step, scalars, arrays }: PlainState, p: number): LbfgsState {
  return {
    w: arrays['w'] as Float64Array,
    gradient: arrays['gradient'] as Float64Array,
    s: parts(arrays['s'] as Float64Array, p),
    y: parts(arrays['y'] as Float64Array, p),
    value: scalars['value'] as number,
    iterations: step,
    evaluations: scalars['evaluations'] as number,
    exhausted: scalars['exhausted'] as boolean,
  };
}

function joined(vectors: readonly Float64Array[], p: number): Float64Array {
  const all = new Float64Array(vectors.length * p);
  vectors.forEach((vector, k) => all.set(vector, k * p));
  return all;
}

function parts(all: Float64Array, p: number): Float64Array[] {
  return Array.from({ length: all.length / p }, (_, k) => all.slice(k * p, (k + 1) * p));
}
