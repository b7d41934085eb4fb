/** What the options come to in a game. */
import type { CraftGame, OptionValues, PoisonBase } from '@theriac/game';
import { numberOption, poisonBase, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { labelsByFrequency } from './labels';
import { lengthenedRows } from './lengthened-rows';
import { fitsLogitSpace } from './logit-space';
import { corruptionRadius, targetKind } from './targets';

/** How a target is solved for. */
export type Solver = 'logit-space' | 'descent' | 'conjugate';

/** Throws INVALID_ARGUMENT where a solver or a start is asked for and does not apply. */
export function checkSolver(game: CraftGame, options: OptionValues): void {
  const where = `model ${game.model.id} under ${game.constraint.describe()}`;
  const solver = textOption(options, 'solver');
  if (solver === 'logit-space' && !inLogitSpace(game))
    throw invalid(
      'attack gradient-canceling.solver',
      `logit-space for ${where}`,
      'auto, descent',
      'The logit-space solution is for softmax regression without pixel limits.',
    );
  if (!game.constraint.limitsPixels) return;
  if (solver === 'conjugate')
    throw invalid(
      'attack gradient-canceling.solver',
      `conjugate for ${where}`,
      'auto, descent',
      'Conjugate gradients go beyond every pixel limit; descent keeps to it.',
    );
  if (textOption(options, 'start') === 'lengthened')
    throw invalid(
      'attack gradient-canceling.start',
      `lengthened for ${where}`,
      'auto, base',
      'Lengthened rows need rows without pixel limits.',
    );
}

function inLogitSpace({ model, constraint, classes }: CraftGame): boolean {
  return model.softmaxRegression && !constraint.limitsPixels && fitsLogitSpace(classes);
}

/** Whether descent begins at lengthened rows. */
function startsLengthened(game: CraftGame, options: OptionValues): boolean {
  const start = textOption(options, 'start');
  if (start !== 'auto') return start === 'lengthened';
  return !game.model.softmaxRegression && !game.constraint.limitsPixels && targetKind(game, options) !== 'gradpc';
}

/** The solver of a target with this threshold. */
export function solverOf(game: CraftGame, options: OptionValues, tau: number): Solver {
  const solver = textOption(options, 'solver');
  if (solver !== 'auto') return solver as Solver;
  if (inLogitSpace(game) && tau <= game.epsilonD && textOption(options, 'start') !== 'lengthened') return 'logit-space';
  return startsLengthened(game, options) ? 'conjugate' : 'descent';
}

/** tauBudget, or its default: rows as long as the lengthened ones need a last layer small enough not to saturate them. */
export function tauShareOf(game: CraftGame, options: OptionValues): number {
  const given = numberOption(options, 'tauBudget');
  if (given > 0) return given;
  return startsLengthened(game, options) ? 0.03 : 0.9;
}

/** Where descent begins, model-input space; `base` are the base rows in stored space. */
export function startRows(
  game: CraftGame,
  options: OptionValues,
  labels: Int32Array,
  base: Float32Array,
): Float32Array {
  return startsLengthened(game, options)
    ? lengthenedRows(game, labels, numberOption(options, 'length'))
    : game.toModelInput(base);
}

/** GradPC as this attack runs it. */
export function corruptionOptions(game: CraftGame, options: OptionValues) {
  return { epsilonW: corruptionRadius(game, options), dropout: options.dropout === true };
}

/** Most solver steps before the target is known: by its kind. */
export function solverSteps(game: CraftGame, options: OptionValues): number {
  const reachable = targetKind(game, options) !== 'gradpc';
  return iterationsOf(options, solverOf(game, options, reachable ? 0 : Infinity));
}

/** Most solver steps. */
export function iterationsOf(options: OptionValues, solver: Solver): number {
  const given = numberOption(options, 'iterations');
  return given > 0 ? given : defaultIterations[solver];
}

const defaultIterations: Readonly<Record<Solver, number>> = { 'logit-space': 200, descent: 80, conjugate: 20 };

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
