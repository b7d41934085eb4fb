/**
 * The general route of Gradient Canceling (Lecture 18, "Gradient Canceling Attack"; Lu, Kamath, Yu 2023), any model, any Gamma:
 *   min over x_1..x_m in Gamma of 1/2 ||r||^2,   r = g(mu; w) + eps_d g(nu; w) over the chosen layers,
 *   d/dx (1/2 ||r||^2) = eps_d d/dx <g(nu; w), r>,  the mixed product,
 * by Adam on x with a cosine schedule and projection on Gamma after every step; the best rows seen are kept.
 */
import type { CraftGame, Model, Rows } from '@theriac/game';
import { residual } from '@theriac/game';
import { norm } from '@theriac/tensors';

/** Which parameters the residual is taken over. */
export type Layers = 'all' | 'first' | 'last';

export interface DescentOptions {
  readonly iterations: number;
  readonly learningRate: number;
  readonly layers: Layers;
}

/** x and Adam's moments are [count * features], model-input space. */
export interface DescentState {
  readonly iteration: number;
  readonly x: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly best: Float32Array;
  readonly bestLoss: number;
  readonly loss: number;
}

/** What is cancelled, with which labels, within Gamma around which base rows. */
export interface DescentProblem {
  readonly game: Pick<CraftGame, 'model' | 'oracles' | 'epsilonD' | 'constraint' | 'toStored' | 'toModelInput'>;
  readonly w: Float32Array;
  readonly gMu: Float64Array;
  readonly labels: Int32Array;
  /** The base rows [count * features], stored space; gathered only where they are needed. */
  readonly base: () => Float32Array;
}

/** What the residual depends on. */
export type CancellationProblem = Pick<DescentProblem, 'game' | 'w' | 'gMu' | 'labels'>;

const [beta1, beta2, tiny] = [0.9, 0.999, 1e-12];

/** Starts at x, model-input space. */
export function startDescent(x: Float32Array): DescentState {
  return {
    iteration: 0,
    x,
    first: new Float32Array(x.length),
    second: new Float32Array(x.length),
    best: x,
    bestLoss: Infinity,
    loss: Infinity,
  };
}

/** Evaluates the loss at x, keeps the best, and takes one Adam step; the last step only evaluates. */
export function stepDescent(problem: DescentProblem, state: DescentState, options: DescentOptions): DescentState {
  const { x } = state;
  const { loss, gradient } = cancellationGradient(problem, x, options.layers);
  const better = loss < state.bestLoss;
  const kept = { best: better ? x : state.best, bestLoss: better ? loss : state.bestLoss, loss };
  const iteration = state.iteration + 1;
  if (iteration > options.iterations) return { ...state, ...kept, iteration };
  const cosine = 0.5 * (1 + Math.cos((Math.PI * state.iteration) / options.iterations));
  const rate = (options.learningRate * cosine) / (1 - beta1 ** iteration);
  const spread = 1 / (1 - beta2 ** iteration);
  const first = Float32Array.from(state.first);
  const second = Float32Array.from(state.second);
  const moved = Float32Array.from(x);
  for (let i = 0; i < x.length; i++) {
    const slope = gradient[i]!;
    const m = (first[i] = beta1 * first[i]! + (1 - beta1) * slope);
    const v = (second[i] = beta2 * second[i]! + (1 - beta2) * slope * slope);
    moved[i]! -= (rate * m) / (Math.sqrt(v * spread) + tiny);
  }
  return { ...kept, iteration, x: projected(problem, moved), first, second };
}

/** 1/2 ||r||^2 over the chosen layers and its gradient in x [count * features]. */
export function cancellationGradient(
  problem: CancellationProblem,
  x: Float32Array,
  layers: Layers,
): { loss: number; gradient: Float32Array } {
  const r = cancellationResidual(problem, x, layers);
  return { loss: 0.5 * norm(r) ** 2, gradient: cancellationSlope(problem, x, r) };
}

/** r = g(mu; w) + eps_d g(nu; w), zero outside the chosen layers, [p]. */
export function cancellationResidual(problem: CancellationProblem, x: Float32Array, layers: Layers): Float64Array {
  const { game, w, gMu } = problem;
  const r = residual(gMu, game.oracles.gradient(w, rowsAt(problem, x)).gradient, game.epsilonD).vector;
  keepLayers(r, game.model, layers);
  return r;
}

/** eps_d d/dx <g(nu; w), r> for a fixed r, [count * features]. */
export function cancellationSlope(problem: CancellationProblem, x: Float32Array, r: Float64Array): Float32Array {
  const { game, w } = problem;
  const mixed = game.oracles.mixedProduct(w, Float32Array.from(r), rowsAt(problem, x));
  for (let i = 0; i < mixed.length; i++) mixed[i]! *= game.epsilonD;
  return mixed;
}

function rowsAt({ game, labels }: CancellationProblem, x: Float32Array): Rows {
  return { x, y: labels, count: labels.length, features: game.model.features };
}

/** Sets r to zero outside the chosen layers: `first` is the first tensor (as released), `last` the last layer's weight and bias. */
function keepLayers(r: Float64Array, { layout, lastLayer }: Model, layers: Layers): void {
  if (layers === 'all') return;
  const names = layers === 'first' ? [layout.views[0]!.name] : [lastLayer.weight, lastLayer.bias];
  for (const { name, offset, size } of layout.views) if (!names.includes(name)) r.fill(0, offset, offset + size);
}

function projected({ game, base }: DescentProblem, x: Float32Array): Float32Array {
  if (!game.constraint.limitsPixels) return x;
  return game.toModelInput(game.constraint.project(game.toStored(x), base()));
}
