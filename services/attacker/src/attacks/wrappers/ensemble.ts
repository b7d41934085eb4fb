/**
 * An attack against several surrogates at once: w_c, and defenders of the same model that start elsewhere. Before the attack
 * begins each of them is trained on mu by plain steps over batches in order; then the attack runs over a follower that takes
 * the mean over all of them. Only for attacks whose parameters go through the follower and nowhere else.
 */
import type { Attack, CraftGame, CraftState, OptionValues } from '@theriac/game';
import { numberOption } from '@theriac/game';
import { ensembleFollower } from './ensemble-follower';

/** Clean rows of a batch, and the step, of the surrogates' own training. */
const [batch, learningRate] = [1000, 0.1];

/** `attack` with the option `surrogates`; 1 changes nothing. */
export function withEnsemble<A extends Attack>(attack: A): A {
  const countOf = (options: OptionValues): number => numberOption(options, 'surrogates');

  /** The game over surrogates W. */
  function over(game: CraftGame, w: Float32Array, options: OptionValues): CraftGame {
    const { follower, wClean } = game;
    return { ...game, wClean: w, follower: ensembleFollower(follower, countOf(options), wClean.length) };
  }

  return {
    ...attack,
    options: [
      ...attack.options,
      {
        name: 'surrogates',
        type: 'integer',
        description: 'defenders that the attack is played against at once: w_c, and fresh ones trained for it',
        unit: 'models',
        minimum: 1,
        maximum: 20,
        default: 1,
      },
      {
        name: 'surrogatePasses',
        type: 'integer',
        description: 'passes over the clean data that each fresh surrogate is trained for',
        unit: 'passes',
        minimum: 1,
        maximum: 1000,
        default: 20,
      },
    ],
    start(game: CraftGame, options: OptionValues): CraftState {
      if (countOf(options) === 1) return attack.start(game, options);
      const fresh = Array.from({ length: countOf(options) - 1 }, (_, e) =>
        game.model.initialise(game.random.fork(`surrogate ${e + 1}`)),
      );
      const w = new Float32Array(countOf(options) * game.wClean.length);
      [game.wClean, ...fresh].forEach((one, e) => w.set(one, e * game.wClean.length));
      const of = numberOption(options, 'surrogatePasses');
      return { step: 0, of, done: false, scalars: { phase: 'surrogates' }, arrays: { surrogates: w } };
    },
    async step(state: CraftState, game: CraftGame, options: OptionValues): Promise<CraftState> {
      if (countOf(options) === 1 || state.done) return attack.step(state, game, options);
      const w = state.arrays['surrogates'] as Float32Array;
      if (state.scalars['phase'] === 'surrogates') return trained(state, w, game, options);
      return follows(await attack.step(without(state), over(game, w, options), options), state, w);
    },
  };

  /** A pass of the fresh surrogates; after the last one the attack itself begins. */
  async function trained(state: CraftState, w: Float32Array, game: CraftGame, options: OptionValues) {
    const { length } = game.wClean;
    const next = w.slice();
    for (let e = 1; e < countOf(options); e++)
      for (let from = 0; from < game.clean.count; from += batch) {
        const rows = { clean: { from, to: Math.min(from + batch, game.clean.count) }, nu: undefined };
        const own = next.slice(e * length, (e + 1) * length);
        next.set(await game.follower.descend(own, rows, { steps: 1, learningRate }), e * length);
      }
    const step = state.step + 1;
    if (step < state.of) return { ...state, step, arrays: { surrogates: next } };
    return follows(attack.start(over(game, next, options), options), state, next);
  }
}

/** The attack's own state, with the surrogates and their passes kept beside it. */
function follows(inner: CraftState, { scalars, of }: CraftState, surrogates: Float32Array): CraftState {
  const before = (scalars['passes'] as number | undefined) ?? of;
  return {
    ...inner,
    step: before + inner.step,
    of: before + inner.of,
    scalars: { ...inner.scalars, passes: before },
    arrays: inner.done ? inner.arrays : { ...inner.arrays, surrogates },
  };
}

function without(state: CraftState): CraftState {
  const { passes, ...scalars } = state.scalars;
  const { surrogates: _, ...arrays } = state.arrays;
  const before = passes as number;
  return { ...state, step: state.step - before, of: state.of - before, scalars, arrays };
}
