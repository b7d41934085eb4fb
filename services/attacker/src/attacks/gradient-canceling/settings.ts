/** What the options come to in a game. */
import type { CraftGame, OptionValues, PoisonBase } from '@theriac/game';
import { numberOption, poisonBase, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { labelsByFrequency } from './labels';
import { fitsLogitSpace } from './logit-space';
import { corruptionRadius } from './targets';

/** Throws INVALID_ARGUMENT where the logit-space solution is asked for and does not apply. */
export function checkSolver(game: CraftGame, options: OptionValues): void {
  if (textOption(options, 'solver') !== 'logit-space' || inLogitSpace(game)) return;
  throw invalid(
    'attack gradient-canceling.solver',
    `logit-space for model ${game.model.id} under ${game.constraint.describe()}`,
    'auto, descent',
    'The logit-space solution is for softmax regression without pixel limits.',
  );
}

function inLogitSpace({ model, constraint, classes }: CraftGame): boolean {
  return model.softmaxRegression && !constraint.limitsPixels && fitsLogitSpace(classes);
}

/** Whether the state's target is solved for in logit space. */
export function usesLogitSpace(game: CraftGame, options: OptionValues, tau: number): boolean {
  const solver = textOption(options, 'solver');
  return solver === 'logit-space' || (solver === 'auto' && inLogitSpace(game) && tau <= game.epsilonD);
}

/** GradPC as this attack runs it. */
export function corruptionOptions(game: CraftGame, options: OptionValues) {
  return { epsilonW: corruptionRadius(game, options) };
}

/** Most solver steps before the target is known: by its kind. */
export function solverSteps(game: CraftGame, options: OptionValues): number {
  const reachable = textOption(options, 'target') !== 'gradpc';
  return iterationsOf(options, usesLogitSpace(game, options, reachable ? 0 : Infinity));
}

/** Most solver steps. */
export function iterationsOf(options: OptionValues, logitSpace: boolean): number {
  const given = numberOption(options, 'iterations');
  if (given > 0) return given;
  return logitSpace ? 200 : 80;
}

/** Adam's first step. */
export function learningRateOf(game: CraftGame, options: OptionValues): number {
  const given = numberOption(options, 'learningRate');
  if (given > 0) return given;
  return game.constraint.limitsPixels ? 0.1 : 6;
}

/** The first m training rows, again from the start where eps_d > 1. */
export function baseIndices({ count, clean }: CraftGame): Int32Array {
  return Int32Array.from({ length: count }, (_, j) => j % clean.count);
}

/** The base rows, stored space. */
export function baseOf(game: CraftGame): PoisonBase {
  return poisonBase(baseIndices(game), game.stored, game.clean.y, game.clean.features);
}

/** Labels of the poison rows. */
export function labelsOf(game: CraftGame, options: OptionValues, base: PoisonBase): Int32Array {
  const free = textOption(options, 'labels') === 'free' && !game.constraint.fixesLabels;
  return free ? labelsByFrequency(game.clean.y, game.classes, game.count) : base.y;
}
