/**
 * An attack run several times, each with random choices of its own; the run that the attack itself judges best is kept. The
 * runs follow each other in one state: what the run under way remembers under `run/`, what the best one did under `best/`.
 */
import type { Attack, CraftGame, CraftState, OptionValues } from '@theriac/game';
import { numberOption } from '@theriac/game';

/** An attack that can say how well a finished run went. */
export type JudgedAttack = Attack & Required<Pick<Attack, 'objective'>>;

/** `attack` with the option `restarts`; 1 changes nothing. */
export function withRestarts(attack: JudgedAttack): Attack {
  const { aim, objective, ...rest } = attack;
  const runsOf = (options: OptionValues): number => numberOption(options, 'restarts');

  function ended(inner: CraftState, state: CraftState, game: CraftGame, options: OptionValues): CraftState {
    const run = state.scalars['restart'] as number;
    const before = bestOf(state);
    const found = objective(inner);
    const kept =
      before === undefined || found > before.scalars.bestObjective
        ? { scalars: { bestObjective: found, bestRun: run }, inner }
        : before;
    const next = run + 1;
    if (next === runsOf(options)) return joined({ ...state, done: true, step: state.of }, kept, next, kept.inner);
    const fresh = attack.start(gameOf(game, next), options);
    return progressed(joined(state, kept, next, fresh), next, fresh, options);
  }

  function joined(state: CraftState, kept: Best | undefined, restart: number, inner: CraftState): CraftState {
    const parts = [packed(inner, 'run/'), ...(kept === undefined ? [] : [packed(kept.inner, 'best/')])];
    return {
      ...state,
      scalars: Object.assign(
        { restart },
        kept?.scalars,
        ...parts.map(({ scalars }) => scalars),
      ) as CraftState['scalars'],
      arrays: Object.assign({}, ...parts.map(({ arrays }) => arrays)) as CraftState['arrays'],
    };
  }

  /** Steps over all runs, taken to be as long as this one. */
  function progressed(state: CraftState, run: number, inner: CraftState, options: OptionValues): CraftState {
    return { ...state, step: run * inner.of + inner.step, of: runsOf(options) * inner.of };
  }

  const last = (state: CraftState): CraftState => innerOf(state, state.done ? 'best/' : 'run/');
  const played = (state: CraftState, game: CraftGame): CraftGame =>
    gameOf(game, state.scalars[state.done ? 'bestRun' : 'restart'] as number);

  return {
    ...rest,
    options: [
      ...attack.options,
      {
        name: 'restarts',
        type: 'integer',
        description: 'runs with random choices of their own, of which the best by the attack’s own objective is kept',
        unit: 'runs',
        minimum: 1,
        maximum: 100,
        default: 1,
      },
    ],
    start(game, options) {
      const inner = attack.start(game, options);
      if (runsOf(options) === 1) return inner;
      const none = { step: 0, of: 0, done: false, scalars: {}, arrays: {} };
      return progressed(joined(none, undefined, 0, inner), 0, inner, options);
    },
    async step(state, game, options) {
      if (state.done || runsOf(options) === 1) return attack.step(state, game, options);
      const run = state.scalars['restart'] as number;
      const inner = await attack.step(innerOf(state, 'run/'), gameOf(game, run), options);
      if (inner.done) return ended(inner, state, game, options);
      return progressed(joined(state, bestOf(state), run, inner), run, inner, options);
    },
    poison: (state, game, options) =>
      runsOf(options) === 1
        ? attack.poison(state, game, options)
        : attack.poison(last(state), played(state, game), options),
    metrics(state) {
      const { restart, bestRun, bestObjective } = state.scalars;
      if (restart === undefined) return attack.metrics(state);
      const own = Object.entries({ restart, bestRun, bestObjective }).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number',
      );
      return { ...attack.metrics(last(state)), ...Object.fromEntries(own) };
    },
    ...(aim === undefined
      ? {}
      : {
          aim: (state: CraftState, game: CraftGame, options: OptionValues) =>
            runsOf(options) === 1 ? aim(state, game, options) : aim(last(state), played(state, game), options),
        }),
  };
}

/** The best of the runs that have ended. */
interface Best {
  readonly scalars: { readonly bestObjective: number; readonly bestRun: number };
  readonly inner: CraftState;
}

function bestOf(state: CraftState): Best | undefined {
  const { bestObjective, bestRun } = state.scalars;
  if (typeof bestObjective !== 'number' || typeof bestRun !== 'number') return undefined;
  return { scalars: { bestObjective, bestRun }, inner: innerOf(state, 'best/') };
}

/** The game as run `run` sees it: the first one as it is. */
function gameOf(game: CraftGame, run: number): CraftGame {
  return run === 0 ? game : { ...game, random: game.random.fork(`restart ${run}`) };
}

function packed(
  { step, of, done, scalars, arrays }: CraftState,
  prefix: string,
): Pick<CraftState, 'scalars' | 'arrays'> {
  const renamed = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
  return {
    scalars: { ...renamed(scalars), [`${prefix}/step`]: step, [`${prefix}/of`]: of, [`${prefix}/done`]: done },
    arrays: renamed(arrays),
  };
}

function innerOf(state: CraftState, prefix: string): CraftState {
  const own = <T>(values: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(values)
        .filter(([name]) => name.startsWith(prefix) && !name.startsWith(`${prefix}/`))
        .map(([name, value]) => [name.slice(prefix.length), value]),
    );
  return {
    step: state.scalars[`${prefix}/step`] as number,
    of: state.scalars[`${prefix}/of`] as number,
    done: state.scalars[`${prefix}/done`] as boolean,
    scalars: own(state.scalars),
    arrays: own(state.arrays),
  };
}
