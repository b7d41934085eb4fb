import type { OptionSpec } from '@theriac/game';

/** The options of Gradient Canceling. */
export const gradientCancelingOptions: readonly OptionSpec[] = [
  {
    name: 'target',
    type: 'string',
    description:
      'target parameters: gradpc (corrupted, as in the paper), scaled (their last layer made reachable), reversed (the clean last layer turned round, made reachable)',
    choices: ['gradpc', 'scaled', 'reversed'],
    default: 'gradpc',
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
    description: "the target's transition threshold as a share of the poison fraction, for scaled and reversed",
    minimum: 0.001,
    maximum: 1,
    default: 0.9,
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
      'logit-space (exact, softmax regression without pixel limits), descent (any model), or auto: logit-space where it applies and tau is within reach',
    choices: ['auto', 'logit-space', 'descent'],
    default: 'auto',
  },
  {
    name: 'layers',
    type: 'string',
    description:
      "descent only: parameters whose gradient is cancelled; first: the first tensor, as the paper's released code does",
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
    description: 'most solver steps; 0: 200 for logit-space, 80 for descent',
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
