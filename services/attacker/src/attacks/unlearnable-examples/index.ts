/**
 * Unlearnable examples: every row keeps its label and gets a small noise, so that a defender that trains on these rows alone
 * learns the noise and nothing else. Rounds of
 *   a) M minibatch steps of a surrogate on the noised rows,        min over w     of F(nu; w),
 *   b) T signed steps of the noise in its l_inf ball,              min over delta of F(nu; w)   (error-maximising: max),
 * until the surrogate's error on the noised rows is below a bound. Class-wise noise is the mean over rows of a class, taken from a
 * part of them. Error-maximising noise climbs the loss of the clean model w_c, which is the converged surrogate: it trains no more.
 * The rows take the place of their base rows: eps_d is the share of mu that is replaced, or everything.
 * Source: Huang, Ma, Erfani, Bailey, Wang (ICLR 2021), released code; error-maximising: Fowl et al. (NeurIPS 2021). Our reading:
 * the surrogate trains on nu alone, whatever its share, and in the evaluation form of the model.
 */
import type { Attack, CraftGame, CraftState } from '@theriac/game';
import { textOption } from '@theriac/game';
import { chosenRows, requireFiniteLoss, storedRows } from '../../starts/base-rows';
import { inputRows, meanNoise, noised, noiseOfClasses, steppedNoise } from './noise';
import { settingsOf, unlearnableOptions } from './options';
import type { UnlearnableSettings } from './options';
import { minibatchRows, surrogateStep } from './surrogate';

export const unlearnableExamples: Attack = {
  id: 'unlearnable-examples',
  summary: 'Adds a small noise to rows in place, labels kept, from which a defender learns the noise only.',
  source:
    'Huang, Ma, Erfani, Bailey, Wang, Unlearnable Examples (ICLR 2021); error-maximising: Fowl et al., Adversarial Examples Make Strong Poisons (NeurIPS 2021)',
  needs: ['gradient'],
  placement: 'replaced',
  options: unlearnableOptions,

  start(game, options) {
    const settings = settingsOf(options);
    const baseIndices = chosenRows(game, textOption(options, 'selection'));
    const { clean, classes, model, random } = game;
    return {
      step: 0,
      of: settings.rounds * planOf(game, settings).perRound,
      done: false,
      scalars: {},
      arrays: {
        baseIndices,
        // One noise per class, or the noised rows themselves.
        noise: settings.classWise ? new Float32Array(classes * clean.features) : storedRows(game, baseIndices),
        w: settings.climbs ? game.wClean : model.initialise(random.fork('surrogate')),
        velocity: new Float32Array(model.layout.size),
      },
    };
  },

  async step(state, game, options) {
    const settings = settingsOf(options);
    const { perRound, trains } = planOf(game, settings);
    const round = Math.floor(state.step / perRound);
    const within = (state.step % perRound) - (trains ? 1 : 0);
    const next =
      within < 0 ? await trained(state, round, game, settings) : movedNoise(state, within, round, game, settings);
    const step = state.step + 1;
    const measured = step % perRound === 0 ? withError(next, game, settings) : next;
    const done = step === state.of || (step % perRound === 0 && hasEnded(measured, settings));
    // Ended early: what was planned is what was done.
    return { ...measured, step, of: done ? step : state.of, done };
  },

  poison(state, game, options) {
    const baseIndices = state.arrays.baseIndices as Int32Array;
    const y = labelsOf(state, game);
    const x = valuesOf(state, Int32Array.from(y.keys()), game, settingsOf(options));
    return { x, y, baseIndices, count: y.length, features: game.clean.features };
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,

  /** How much of the defender's own rows it would get wrong: little is well. */
  objective: ({ scalars }) => -((scalars.error as number | undefined) ?? 1),
};

/** Rows whose noise is moved in one step. */
const block = 256;

interface Plan {
  /** Whether the surrogate trains at all: then a round begins with its training. */
  readonly trains: boolean;
  /** Steps of a round. */
  readonly perRound: number;
}

function planOf({ count }: CraftGame, settings: UnlearnableSettings): Plan {
  const trains = !settings.climbs;
  return { trains, perRound: (trains ? 1 : 0) + Math.ceil(movedCount(count, settings) / block) };
}

/** Rows whose noise moves in a round. */
function movedCount(count: number, { classWise, classShare }: UnlearnableSettings): number {
  return classWise ? Math.max(1, Math.floor(classShare * count)) : count;
}

function labelsOf({ arrays }: CraftState, { clean }: CraftGame): Int32Array {
  return (arrays.baseIndices as Int32Array).map((row) => clean.y[row]!);
}

/** The noised values of these rows of nu, stored space. */
function valuesOf(
  { arrays }: CraftState,
  rows: Int32Array,
  game: CraftGame,
  { classWise }: UnlearnableSettings,
): Float32Array {
  const { features, y } = game.clean;
  const noise = arrays.noise as Float32Array;
  const base = rows.map((j) => (arrays.baseIndices as Int32Array)[j]!);
  if (classWise) {
    const labels = base.map((row) => y[row]!);
    return noised(game, storedRows(game, base), noiseOfClasses(noise, labels, features));
  }
  const x = new Float32Array(rows.length * features);
  rows.forEach((j, k) => x.set(noise.subarray(j * features, (j + 1) * features), k * features));
  return x;
}

/** a) M steps of the surrogate. */
async function trained(
  state: CraftState,
  round: number,
  game: CraftGame,
  settings: UnlearnableSettings,
): Promise<CraftState> {
  const labels = labelsOf(state, game);
  let surrogate = { w: state.arrays.w as Float32Array, velocity: state.arrays.velocity as Float32Array };
  let loss = 0;
  for (let m = 0; m < settings.surrogateSteps; m++) {
    const index = round * settings.surrogateSteps + m;
    const rows = minibatchRows(index, game.count, settings.batch, game.random);
    const nu = inputRows(
      game,
      valuesOf(state, rows, game, settings),
      rows.map((j) => labels[j]!),
    );
    const next = await surrogateStep(game.follower, surrogate, nu, settings);
    requireFiniteLoss(next.loss, 'unlearnable-examples');
    surrogate = { w: next.w, velocity: next.velocity };
    loss += next.loss / settings.surrogateSteps;
  }
  return { ...state, scalars: { ...state.scalars, loss }, arrays: { ...state.arrays, ...surrogate } };
}

/** b) T steps of the noise of one block of rows. */
function movedNoise(
  state: CraftState,
  index: number,
  round: number,
  game: CraftGame,
  settings: UnlearnableSettings,
): CraftState {
  const { features } = game.clean;
  const moved = movedCount(game.count, settings);
  const [from, to] = [index * block, Math.min(moved, (index + 1) * block)];
  const order = settings.classWise ? game.random.fork('class rows').fork(round).permutation(game.count) : undefined;
  const rows = Int32Array.from({ length: to - from }, (_, k) => order?.[from + k] ?? from + k);
  const labels = labelsOf(state, game);
  const base = {
    stored: storedRows(
      game,
      rows.map((j) => (state.arrays.baseIndices as Int32Array)[j]!),
    ),
    labels: rows.map((j) => labels[j]!),
  };
  const x = steppedNoise(game, state.arrays.w as Float32Array, valuesOf(state, rows, game, settings), base, settings);
  const before = state.arrays.noise as Float32Array;
  let noise: Float32Array;
  if (settings.classWise) noise = meanNoise(before, x, base, settings.radius);
  else {
    noise = before.slice();
    noise.set(x, from * features);
  }
  return { ...state, arrays: { ...state.arrays, noise } };
}

/** The surrogate's error on all noised rows, a share. */
function withError(state: CraftState, game: CraftGame, settings: UnlearnableSettings): CraftState {
  const { oracles, classes } = game;
  const labels = labelsOf(state, game);
  let wrong = 0;
  for (let from = 0; from < labels.length; from += oracles.chunk) {
    const rows = Int32Array.from({ length: Math.min(oracles.chunk, labels.length - from) }, (_, k) => from + k);
    const own = labels.subarray(from, from + rows.length);
    const logits = oracles.logits(
      state.arrays.w as Float32Array,
      inputRows(game, valuesOf(state, rows, game, settings), own),
    );
    own.forEach((label, k) => {
      const z = logits.subarray(k * classes, (k + 1) * classes);
      wrong += z.indexOf(Math.max(...z)) === label ? 0 : 1;
    });
  }
  return { ...state, scalars: { ...state.scalars, error: wrong / labels.length } };
}

/** Whether the noise does what it should. */
function hasEnded({ scalars }: CraftState, { climbs, stopError }: UnlearnableSettings): boolean {
  const error = scalars.error as number;
  return climbs ? error >= 1 - stopError : error <= stopError;
}
