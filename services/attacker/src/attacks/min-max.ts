/**
 * Min-max (Steinhardt, Koh, Liang, NeurIPS 2017; Koh, Steinhardt, Liang, Machine Learning 2022): the zero-sum relaxation
 *   max over nu in Gamma of min over w of F(mu + eps_d nu; w)  <=  min over w of max over nu in Gamma of F(mu + eps_d nu; w)
 * played as an online game whose best responses are the poison. In round r
 *   nu_r = argmax over (x, y) in Gamma of ell(x, y; w_r),   w_{r+1} = one descent step with g(mu; w_r) + eps_d g(nu_r; w_r),
 * and the rows of the first rounds (the burn-in) are thrown away. Our reading for softmax cross-entropy, which has no linear
 * program: for every class, K projected ascent steps from a random clean row of it, and the worst of them is taken; several
 * rows each round; clean gradients over minibatches.
 */
import type { Attack, CraftGame, OptionValues, Rows } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { ascended } from '../derivatives/ascent';
import { rowLosses } from '../derivatives/input-gradient';
import { poisonOf } from '../derivatives/pixel-step';
import { cleanBatch } from '../derivatives/unrolled-descent';
import { requireFiniteLoss, requireFreeLabels, storedRows } from '../starts/base-rows';
import { minMaxOptions } from './min-max-options';

export const minMax: Attack = {
  id: 'min-max',
  summary: 'Collects the rows that a learning defender finds worst, round after round of a zero-sum game.',
  source:
    'Steinhardt, Koh, Liang, Certified Defenses for Data Poisoning Attacks (NeurIPS 2017); our reading for cross-entropy',
  needs: ['gradient'],
  options: minMaxOptions,

  start(game, options) {
    if (textOption(options, 'labels') === 'free') requireFreeLabels(game, 'Choose labels=class, which keeps them.');
    const { model, wClean, count } = game;
    const { burnIn, rounds } = schedule(game, options);
    return {
      step: 0,
      of: burnIn + rounds,
      done: false,
      scalars: {},
      arrays: {
        w: textOption(options, 'start') === 'zero' ? new Float32Array(model.layout.size) : wClean,
        squares: new Float32Array(model.layout.size),
        x: new Float32Array(count * game.clean.features),
        labels: new Int32Array(count),
        baseIndices: new Int32Array(count),
      },
    };
  },

  async step(state, game, options) {
    const { features } = game.clean;
    const w = state.arrays.w as Float32Array;
    const { burnIn, rounds } = schedule(game, options);
    const slots = (round: number): number => Math.floor((round * game.count) / rounds);
    const round = state.step - burnIn;
    const [from, to] = round < 0 ? [0, slots(1)] : [slots(round), slots(round + 1)];
    const { nu, indices } = bestResponse(state.step, to - from, w, game, options);
    const kept = { ...state.arrays };
    if (round >= 0) {
      kept.x = placed(kept.x as Float32Array, nu.x, from * features);
      kept.labels = placed(kept.labels as Int32Array, nu.y, from);
      kept.baseIndices = placed(kept.baseIndices as Int32Array, indices, from);
    }
    const moved = await descended(state.step, { w, squares: kept.squares as Float32Array }, nu, game, options);
    requireFiniteLoss(moved.cleanLoss + moved.poisonLoss, 'min-max');
    const step = state.step + 1;
    return {
      step,
      of: state.of,
      done: step === state.of,
      scalars: {
        cleanLoss: moved.cleanLoss,
        poisonLoss: moved.poisonLoss,
        value: moved.cleanLoss + game.epsilonD * moved.poisonLoss,
      },
      arrays: { ...kept, w: moved.w, squares: moved.squares },
    };
  },

  poison(state, game) {
    const { x, labels, baseIndices } = state.arrays;
    const indices = baseIndices as Int32Array;
    return poisonOf(game, x as Float32Array, labels as Int32Array, { indices, stored: storedRows(game, indices) });
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,
};

/** Rounds whose rows are thrown away, and rounds whose rows are kept: one row each at least. */
function schedule({ count }: CraftGame, options: OptionValues): { burnIn: number; rounds: number } {
  const rounds = Math.min(numberOption(options, 'rounds'), count);
  return { burnIn: Math.round(numberOption(options, 'burnIn') * rounds), rounds };
}

/** The worst rows that ascent finds from clean rows: for each of `slots`, of all candidates the one with the largest loss. */
function bestResponse(
  round: number,
  slots: number,
  w: Float32Array,
  game: CraftGame,
  options: OptionValues,
): { nu: Rows; indices: Int32Array } {
  const { features } = game.clean;
  const { rows, labels, each } = candidates(round, slots, game, options);
  const base = storedRows(game, rows);
  const tried: Rows = { x: game.toModelInput(base), y: labels, count: rows.length, features };
  const x = ascended(game, w, tried, {
    steps: numberOption(options, 'ascents'),
    rate: numberOption(options, 'step'),
    base,
  });
  const losses = rowLosses(game, w, { ...tried, x });
  const worst = Int32Array.from({ length: slots }, (_, slot) => {
    let best = slot * each;
    for (let k = best + 1; k < (slot + 1) * each; k++) if (losses[k]! > losses[best]!) best = k;
    return best;
  });
  const chosen = new Float32Array(slots * features);
  worst.forEach((k, slot) => chosen.set(x.subarray(k * features, (k + 1) * features), slot * features));
  return {
    nu: { x: chosen, y: worst.map((k) => labels[k]!), count: slots, features },
    indices: worst.map((k) => rows[k]!),
  };
}

/** Clean rows to climb from and the labels to climb with, `each` of them for every slot. */
function candidates(
  round: number,
  slots: number,
  { clean, classes, random }: CraftGame,
  options: OptionValues,
): { rows: Int32Array; labels: Int32Array; each: number } {
  const drawn = random.fork('round').fork(round);
  const byClass = rowsByClass(clean.y, classes);
  const present = byClass.map((_, k) => k).filter((k) => byClass[k]!.length > 0);
  const free = textOption(options, 'labels') === 'free';
  const most = free ? classes - 1 : present.length;
  const asked = numberOption(options, 'candidates');
  const each = asked === 0 ? most : Math.min(asked, most);
  const [rows, labels] = [new Int32Array(slots * each), new Int32Array(slots * each)];
  for (let slot = 0; slot < slots; slot++) {
    const order = each === most ? Int32Array.from({ length: most }, (_, k) => k) : drawn.permutation(most);
    const row = drawn.integer(clean.count);
    for (let k = 0; k < each; k++) {
      const at = slot * each + k;
      if (free) {
        rows[at] = row;
        labels[at] = (clean.y[row]! + 1 + order[k]!) % classes;
        continue;
      }
      const label = present[order[k]!]!;
      const own = byClass[label]!;
      rows[at] = own[drawn.integer(own.length)]!;
      labels[at] = label;
    }
  }
  return { rows, labels, each };
}

function rowsByClass(y: ArrayLike<number>, classes: number): number[][] {
  const found = Array.from({ length: classes }, (): number[] => []);
  for (let i = 0; i < y.length; i++) found[y[i]!]!.push(i);
  return found;
}

/** The defender's answer: descent with g(mu) + eps_d g(nu). */
async function descended(
  round: number,
  { w: start, squares: before }: { readonly w: Float32Array; readonly squares: Float32Array },
  nu: Rows,
  { follower, clean, epsilonD }: CraftGame,
  options: OptionValues,
): Promise<{ w: Float32Array; squares: Float32Array; cleanLoss: number; poisonLoss: number }> {
  const adagrad = textOption(options, 'descent') === 'adagrad';
  const rate = numberOption(options, 'learningRate') || (adagrad ? 0.03 : 0.1);
  const steps = numberOption(options, 'descents');
  const batch = Math.min(numberOption(options, 'batch'), clean.count);
  let [w, squares, losses] = [start, before, { cleanLoss: 0, poisonLoss: 0 }];
  for (let k = 0; k < steps; k++) {
    const range = cleanBatch(clean.count, batch, round * steps + k);
    const own = await follower.gradient(w, { clean: range, nu: undefined });
    const added = await follower.gradient(w, { clean: undefined, nu });
    if (k === 0) losses = { cleanLoss: own.loss, poisonLoss: added.loss };
    const g = own.gradient.map((value, i) => value + epsilonD * added.gradient[i]!);
    if (adagrad) squares = squares.map((sum, i) => sum + g[i]! * g[i]!);
    w = w.map((value, i) => value - (rate * g[i]!) / (adagrad ? Math.sqrt(squares[i]!) + 1e-12 : 1));
  }
  return { w, squares, ...losses };
}

function placed<A extends Float32Array | Int32Array>(into: A, values: ArrayLike<number>, at: number): A {
  const copy = into.slice() as A;
  copy.set(values, at);
  return copy;
}
