/**
 * Collective action: a share alpha of the people behind mu change their own rows, so that the firm's model f does what they
 * want with rows that carry their signal g,
 *   S(alpha) = P_{x ~ P0}[ f(g(x)) = y* ]     (signal-erasing: f(g(x)) = f(x)).
 * Source: Hardt, Mazumdar, Mendler-Duenner, Zrnic (ICML 2023); pixel patches as g: Solanki et al. (arXiv 2505.05707, 2025); two
 * collectives: Karan, Vincent, Karahalios, Sundaram (FAccT 2025, arXiv 2505.00195).
 */
import type { Attack, CraftGame, CraftState, OptionValues, Signal, SignalFacts } from '@theriac/game';
import { numberOption, poisonBase, successBound, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { requireFreeLabels } from '../../starts/base-rows';
import { estimateFacts } from './facts';
import { heldNearer, nearerTarget, restOfGradient, targetStepsAtOnce } from './gradient-control';
import { drawMembers } from './members';
import { collectiveOptions, signalsOf } from './options';
import type { Strategy } from './options';
import { handedIn } from './strategies';

export const collectiveAction: Attack = {
  id: 'collective-action',
  summary: 'Members change their own rows so that the model answers a signal as they want.',
  source: 'Hardt, Mazumdar, Mendler-Duenner, Zrnic, Algorithmic Collective Action in Machine Learning (ICML 2023)',
  needs: ['gradient', 'mixed'],
  placement: 'replaced',
  options: collectiveOptions,

  start(game, options) {
    const strategy = strategyOf(options);
    const signals = signalsOf(game, options);
    if (strategy !== 'feature-only') requireFreeLabels(game, `Members who follow ${strategy} change their labels.`);
    if (strategy === 'gradient-control') requireOneCollective(signals);
    const members = drawMembers(game, numberOption(options, 'secondShare'));
    const { x, y } = handedIn(game, members, signals, strategy);
    const control = strategy === 'gradient-control';
    return {
      step: 0,
      of: 1 + (control ? targetSlices(options) + 1 + numberOption(options, 'iterations') : 0),
      done: false,
      scalars: { changed: changedRows(game, members.rows, x, y), second: count(members.collective) },
      arrays: {
        members: members.rows,
        y,
        x: control ? game.toModelInput(x) : x,
        ...(control ? { w: game.wClean.slice() } : {}),
      },
    };
  },

  // First the facts that theory asks about; gradient control then finds its target model, and then its rows.
  async step(state, game, options) {
    const step = state.step + 1;
    const next = { ...state, step, done: step === state.of };
    if (step === 1) return { ...next, scalars: { ...state.scalars, ...factScalars(game, options) } };
    const [signal] = signalsOf(game, options) as [Signal];
    const { w, x, y, members, rest } = state.arrays as Record<string, Float32Array> & {
      y: Int32Array;
      members: Int32Array;
    };
    const found = step - 1 - targetSlices(options);
    if (found <= 0) {
      const steps = Math.min(targetStepsAtOnce, numberOption(options, 'targetSteps') - targetStepsAtOnce * (step - 2));
      return { ...next, arrays: { ...state.arrays, w: await nearerTarget(game, w!, signal, options, steps) } };
    }
    if (found === 1) {
      const fixed = await restOfGradient(game, w!, members);
      const { residual } = await heldNearer(game, { w: w!, rest: fixed, base: members }, { x: x!, y }, 0);
      const scalars = { ...state.scalars, residualBefore: residual, residual };
      return { ...next, scalars, arrays: { ...state.arrays, rest: fixed } };
    }
    const iterations = numberOption(options, 'iterations');
    const rate = numberOption(options, 'rate') * (1 - (found - 2) / iterations);
    const at = { w: w!, rest: rest!, base: members };
    const moved = await heldNearer(game, at, { x: x!, y }, rate);
    // The residual told is that of the rows as they are now.
    const { residual } = await heldNearer(game, at, { x: moved.x, y }, 0);
    return { ...next, scalars: { ...state.scalars, residual }, arrays: { ...state.arrays, x: moved.x } };
  },

  poison(state, game, options) {
    const x = state.arrays.x as Float32Array;
    const stored = strategyOf(options) === 'gradient-control' ? game.toStored(x) : x;
    const baseIndices = state.arrays.members as Int32Array;
    const y = state.arrays.y as Int32Array;
    return { x: stored, y, baseIndices, count: game.count, features: game.clean.features };
  },

  metrics: ({ scalars }) => scalars as Record<string, number>,

  signals: signalsOf,
};

function strategyOf(options: OptionValues): Strategy {
  return textOption(options, 'strategy') as Strategy;
}

function requireOneCollective(signals: readonly Signal[]): void {
  if (signals.length === 1) return;
  throw invalid(
    'secondShare',
    'a second collective',
    '0 with the strategy gradient-control',
    'Choose another strategy.',
  );
}

function targetSlices(options: OptionValues): number {
  return Math.ceil(numberOption(options, 'targetSteps') / targetStepsAtOnce);
}

const count = (flags: Int32Array): number => flags.reduce((sum, flag) => sum + flag, 0);

/** Rows that are handed in otherwise than they were. */
function changedRows(game: CraftGame, members: Int32Array, x: Float32Array, y: Int32Array): number {
  const { features } = game.clean;
  const base = poisonBase(members, game.stored, game.clean.y, features);
  return members.reduce((sum, _, j) => {
    const same = (i: number): boolean => x[i] === base.x[i];
    let changed = y[j] !== base.y[j];
    for (let i = j * features; i < (j + 1) * features && !changed; i++) changed = !same(i);
    return sum + (changed ? 1 : 0);
  }, 0);
}

/** What is estimated about the first signal, and, for one collective that plants it, what theory promises. */
function factScalars(game: CraftGame, options: OptionValues): CraftState['scalars'] {
  const signals = signalsOf(game, options);
  const [signal] = signals as [Signal];
  const { seen, unchanged, uniqueness, ...planting } = estimateFacts(game, signal);
  const always = { seen, uniqueness, unchanged, suboptimality: planting.suboptimality };
  if (signal.target === undefined) return always;
  const facts: SignalFacts = { uniqueness, ...planting };
  const strategy = strategyOf(options);
  const plants = strategy === 'feature-label' || strategy === 'feature-only';
  const bound = plants && signals.length === 1 ? { bound: successBound(strategy, game.epsilonD, facts) } : {};
  return { ...always, gap: facts.gap, targetFloor: facts.targetFloor, ...bound };
}
