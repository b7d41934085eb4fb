/**
 * MetaPoison (Huang et al., NeurIPS 2020), turned against all of the data. M surrogates are trained on clean rows, each at
 * another epoch of its training; before each of its minibatches B a surrogate looks K descent steps ahead with the poison in,
 *   w_{k+1} = w_k - alpha ( g(B_k; w_k) + eps_d g(nu_k; w_k) ) / (1 + eps_d),   A = (1/K) sum_{k=1}^K A(w_k),
 * and dA/dnu, through the first of them (later batches are constants, as published), is added up over minibatches and
 * surrogates; then one Adam step on the perturbation within Gamma. Our reading for an indiscriminate attack: A is the loss on
 * validation rows. The published l_inf ball of 8/255 is a choice of Gamma; colour shifts are left out, and surrogates see
 * the evaluation form of the model.
 */
import type { Attack, CraftGame, CraftState, OptionValues, Rows, RowRange } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { leaderLoss } from '../derivatives/leader-loss';
import { poisonOf, withinGamma } from '../derivatives/pixel-step';
import { cleanBatch, descentTrajectory, poisonHypergradient } from '../derivatives/unrolled-descent';
import { chosenRows, requireFiniteLoss, storedRows } from '../starts/base-rows';
import { metaPoisonOptions } from './meta-poison-options';

const { min, sign, sqrt } = Math;
const [beta1, beta2, tiny] = [0.9, 0.999, 1e-12];

export const metaPoison: Attack = {
  id: 'meta-poison',
  summary: 'Looks a few training steps ahead in an ensemble of surrogates, and climbs their validation loss.',
  source:
    'Huang et al., MetaPoison: Practical General-purpose Clean-label Data Poisoning (NeurIPS 2020); objective: our reading',
  needs: ['gradient', 'hessian-vector', 'mixed'],
  options: metaPoisonOptions,

  start(game, options) {
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    const stored = storedRows(game, baseIndices);
    const { size } = game.model.layout;
    const { surrogates, batches, warmUp } = plan(game, options);
    const zero = (): Float32Array => new Float32Array(stored.length);
    const all = new Float32Array(surrogates * size);
    for (let m = 0; m < surrogates; m++) all.set(fresh(game, m, 0), m * size);
    return {
      step: 0,
      of: warmUp + numberOption(options, 'iterations') * surrogates * batches,
      done: false,
      scalars: {},
      arrays: {
        baseIndices,
        x: jittered(game, stored, numberOption(options, 'startRadius')),
        first: zero(),
        second: zero(),
        slope: zero(),
        surrogates: all,
      },
    };
  },

  async step(state, game, options) {
    const { warmUp } = plan(game, options);
    const next = await (state.step < warmUp ? pretrained(state, game, options) : lookedAhead(state, game, options));
    const step = state.step + 1;
    return { ...next, step, done: step === state.of };
  },

  poison(state, game) {
    const indices = state.arrays.baseIndices as Int32Array;
    const labels = indices.map((row) => game.clean.y[row]!);
    return poisonOf(game, state.arrays.x as Float32Array, labels, { indices, stored: storedRows(game, indices) });
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,
};

interface Plan {
  readonly surrogates: number;
  /** Minibatches of an epoch: parts of the poison. */
  readonly batches: number;
  /** The clean rows of minibatch b of an epoch. */
  clean(epoch: number, b: number): RowRange;
  /** Steps before the first iteration: surrogate m trains m * stagger epochs. */
  readonly warmUp: number;
}

function plan({ clean }: CraftGame, options: OptionValues): Plan {
  const surrogates = numberOption(options, 'surrogates');
  const batches = numberOption(options, 'batches');
  const rows = min(numberOption(options, 'batch'), clean.count);
  return {
    surrogates,
    batches,
    clean: (epoch, b) => cleanBatch(clean.count, rows, epoch * batches + b),
    warmUp: numberOption(options, 'stagger') * batches * ((surrogates * (surrogates - 1)) / 2),
  };
}

/** Parameters that surrogate m begins its life number `life` with. */
function fresh({ model, random }: CraftGame, m: number, life: number): Float32Array {
  return model.initialise(random.fork('surrogate').fork(m).fork(life));
}

/** The base rows, moved at random within the given l_inf radius and Gamma; model-input space. */
function jittered(game: CraftGame, stored: Float32Array, radius: number): Float32Array {
  const noise = new Float32Array(stored.length);
  game.random.fork('start').fillUniform(noise, -radius, radius);
  return withinGamma(game, game.toModelInput(stored.map((value, i) => value + noise[i]!)), stored);
}

/** Part `index` of `parts` of the rows 0 .. count. */
function part(count: number, index: number, parts: number): RowRange {
  return { from: Math.floor((index * count) / parts), to: Math.floor(((index + 1) * count) / parts) };
}

/** One clean descent step of the surrogate whose turn it is to be trained up to its place in the ensemble. */
async function pretrained(state: CraftState, game: CraftGame, options: OptionValues): Promise<CraftState> {
  const { batches } = plan(game, options);
  const stagger = numberOption(options, 'stagger');
  let [m, left] = [1, state.step];
  for (; left >= m * stagger * batches; m++) left -= m * stagger * batches;
  const clean = plan(game, options).clean(Math.floor(left / batches), left % batches);
  return { ...state, arrays: { ...state.arrays, surrogates: await trained(state, m, clean, game, options) } };
}

/** All surrogates' parameters after one clean descent step of surrogate m. */
async function trained(
  { arrays }: CraftState,
  m: number,
  clean: RowRange,
  { follower, model }: CraftGame,
  options: OptionValues,
): Promise<Float32Array> {
  const { size } = model.layout;
  const all = (arrays.surrogates as Float32Array).slice();
  const w = all.slice(m * size, (m + 1) * size);
  const learningRate = numberOption(options, 'learningRate');
  all.set(await follower.descend(w, { clean, nu: undefined }, { steps: 1, learningRate }), m * size);
  return all;
}

/** The look ahead of one surrogate before one of its minibatches, which it then takes; the last of an iteration moves the poison. */
async function lookedAhead(state: CraftState, game: CraftGame, options: OptionValues): Promise<CraftState> {
  const { surrogates, batches, warmUp } = plan(game, options);
  const { clean, count, model } = game;
  const stagger = numberOption(options, 'stagger');
  const at = state.step - warmUp;
  const iteration = Math.floor(at / (surrogates * batches));
  const m = Math.floor(at / batches) % surrogates;
  const b = at % batches;
  const { size } = model.layout;
  const w = (state.arrays.surrogates as Float32Array).slice(m * size, (m + 1) * size);
  const own = part(count, b, batches);
  const epoch = m * stagger + iteration;
  const { loss, slope } = await unrolledSlope(state, w, { epoch, b }, game, options);
  requireFiniteLoss(loss, 'meta-poison');
  const sum = Float32Array.from(state.arrays.slope as Float32Array);
  const from = own.from * clean.features;
  for (let i = 0; i < slope.length; i++) sum[from + i]! += slope[i]! / surrogates;
  const all = await trained(state, m, plan(game, options).clean(epoch, b), game, options);
  const life = surrogates * stagger;
  if (b === batches - 1 && (epoch + 1) % life === 0) all.set(fresh(game, m, (epoch + 1) / life), m * size);
  const next: CraftState = {
    ...state,
    scalars: { ...state.scalars, validationLoss: loss },
    arrays: { ...state.arrays, slope: sum, surrogates: all },
  };
  return at % (surrogates * batches) === surrogates * batches - 1 ? movedPoison(next, iteration, game, options) : next;
}

/** A after K steps from w that begin with minibatch b, and dA/dnu for the poison of that minibatch. */
async function unrolledSlope(
  { arrays }: CraftState,
  w: Float32Array,
  { epoch, b }: { readonly epoch: number; readonly b: number },
  game: CraftGame,
  options: OptionValues,
): Promise<{ loss: number; slope: Float32Array }> {
  const { clean, count, follower, epsilonD } = game;
  const { batches, clean: cleanRows } = plan(game, options);
  const unroll = numberOption(options, 'unroll');
  const x = arrays.x as Float32Array;
  const baseIndices = arrays.baseIndices as Int32Array;
  const nu = ({ from, to }: RowRange): Rows => ({
    x: x.subarray(from * clean.features, to * clean.features),
    y: baseIndices.subarray(from, to).map((row) => clean.y[row]!),
    count: to - from,
    features: clean.features,
  });
  const unrolling = {
    follower,
    learningRate: numberOption(options, 'learningRate'),
    epsilonD,
    steps: Array.from({ length: unroll }, (_, k) => ({
      clean: cleanRows(epoch, b + k),
      nu: nu(part(count, (b + k) % batches, batches)),
      flows: k === 0,
    })),
  };
  const trajectory = await descentTrajectory(unrolling, w);
  const leader = leaderLoss(game, {
    share: numberOption(options, 'validationShare'),
    most: numberOption(options, 'validationRows'),
  });
  const slopes: (Float32Array | undefined)[] = [undefined];
  let loss = 0;
  for (const reached of trajectory.slice(1)) {
    const found = await leader(reached);
    loss += found.loss / unroll;
    slopes.push(found.gradient.map((value) => value / unroll));
  }
  return { loss, slope: await poisonHypergradient(unrolling, trajectory, slopes) };
}

/** One step of Adam up the gathered slope, within Gamma. */
function movedPoison(state: CraftState, iteration: number, game: CraftGame, options: OptionValues): CraftState {
  const { baseIndices, x, slope } = state.arrays;
  const first = Float32Array.from(state.arrays.first as Float32Array);
  const second = Float32Array.from(state.arrays.second as Float32Array);
  const moved = Float32Array.from(x as Float32Array);
  const signed = textOption(options, 'update') === 'signed-adam';
  const rate = scheduledRate(iteration, options);
  const [one, two] = [1 - beta1 ** (iteration + 1), 1 - beta2 ** (iteration + 1)];
  for (let i = 0; i < moved.length; i++) {
    const g = signed ? sign(slope![i]!) : slope![i]!;
    const a = (first[i] = beta1 * first[i]! + (1 - beta1) * g);
    const s = (second[i] = beta2 * second[i]! + (1 - beta2) * g * g);
    moved[i]! += (rate * a) / one / (sqrt(s / two) + tiny);
  }
  const base = storedRows(game, baseIndices as Int32Array);
  return {
    ...state,
    arrays: {
      ...state.arrays,
      x: withinGamma(game, moved, base),
      first,
      second,
      slope: new Float32Array(moved.length),
    },
  };
}

/** Warm-up ((s + 1) / 5)^2 over the first five iterations, a tenth from one third on, a hundredth from two thirds on. */
function scheduledRate(iteration: number, options: OptionValues): number {
  const rate = numberOption(options, 'step');
  if (textOption(options, 'schedule') === 'constant') return rate;
  const third = numberOption(options, 'iterations') / 3;
  return rate * min(1, ((iteration + 1) / 5) ** 2) * (iteration < third ? 1 : iteration < 2 * third ? 0.1 : 0.01);
}
