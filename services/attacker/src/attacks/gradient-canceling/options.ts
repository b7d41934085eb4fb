import type { OptionSpec } from '@theriac/game';

/** The options of Gradient Canceling. */
export const gradientCancelingOptions: readonly OptionSpec[] = [
  {
    name: 'target',
    type: 'string',
    description:
      'target parameters: gradpc (corrupted, as in the paper), scaled (their last layer made reachable), reversed (the clean last layer turned round, made reachable), or auto: gradpc for softmax regression, reversed for networks',
    choices: ['auto', 'gradpc', 'scaled', 'reversed'],
    default: 'auto',
  },
  {
    name: 'epsilonW',
    type: 'number',
    description: 'corruption radius of gradpc and scaled; 0: 1 for softmax regression, 0.5 for networks',
    unit: 'Euclidean norm of the parameter change',
    minimum: 0,
    maximum: 1000,
    default: 0,
  },
  {
    name: 'dropout',
    type: 'boolean',
    description: 'gradpc and scaled: whether a network that drops out does so while it is corrupted, as released',
    default: true,
  },
  {
    name: 'scale',
    type: 'number',
    description: 'factor of the last layer for scaled and reversed; 0: the largest that keeps to tauBudget',
    minimum: 0,
    maximum: 100,
    default: 0,
  },
  {
    name: 'tauBudget',
    type: 'number',
    description:
      "the target's transition threshold as a share of the poison fraction, for scaled and reversed; 0: 0.03 from lengthened rows, else 0.9",
    minimum: 0,
    maximum: 1,
    default: 0,
  },
  {
    name: 'bias',
    type: 'string',
    description:
      'last bias of scaled and reversed: balanced (clean predictions match class frequencies, so that all of the gradient can be cancelled), scaled (with the weight, which keeps every prediction), or auto: balanced for reversed, scaled for scaled',
    choices: ['auto', 'balanced', 'scaled'],
    default: 'auto',
  },
  {
    name: 'solver',
    type: 'string',
    description:
      'logit-space (exact, softmax regression without pixel limits), descent (Adam, any model), conjugate (conjugate gradients, any model without pixel limits), or auto: logit-space where it applies and tau is within reach, conjugate from lengthened rows, else descent',
    choices: ['auto', 'logit-space', 'descent', 'conjugate'],
    default: 'auto',
  },
  {
    name: 'start',
    type: 'string',
    description:
      'descent and conjugate begin at: base (the base rows, as published), lengthened (clean rows of other classes, made so long that they cancel the gradient of any hidden layers), or auto: lengthened for scaled and reversed targets of networks without pixel limits, else base',
    choices: ['auto', 'base', 'lengthened'],
    default: 'auto',
  },
  {
    name: 'length',
    type: 'number',
    description:
      'of lengthened rows, 1: the length (classes - 1) / eps_d that cancels; shorter, the solver cancels the rest, and SGD on deep networks does not diverge',
    unit: 'share of that length',
    minimum: 0.001,
    maximum: 10,
    default: 0.33,
  },
  {
    name: 'layers',
    type: 'string',
    description:
      "descent and conjugate: parameters whose gradient is cancelled; first: the first tensor, as the paper's released code does",
    choices: ['all', 'first', 'last'],
    default: 'all',
  },
  {
    name: 'labels',
    type: 'string',
    description: 'base: those of the base rows, unchanged; free: dealt out by class frequency',
    choices: ['base', 'free'],
    default: 'base',
  },
  {
    name: 'iterations',
    type: 'integer',
    description: 'most solver steps; 0: 200 for logit-space, 80 for descent, 20 for conjugate',
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
  },
  {
    name: 'learningRate',
    type: 'number',
    description: "descent only: Adam's step at the start; 0: 6 without pixel limits, 0.1 within them",
    unit: 'model-input units',
    minimum: 0,
    maximum: 1000,
    default: 0,
  },
];
