import type { OptionSpec } from '@theriac/game';

/**
 * The options of TGDA. Defaults are ours, chosen for harm within minutes: the rows themselves are moved, over larger batches,
 * with three damped iterations of the solver. Published: generator, 201 passes, batch 1000, leaderRate 0.01, followerSteps 20,
 * cgnr with 16 iterations.
 */
export const tgdaOptions: readonly OptionSpec[] = [
  {
    name: 'parametrisation',
    type: 'string',
    description:
      'what is optimised: the values of the rows (direct), or the weights of a network that makes them of clean ones (generator, as published)',
    choices: ['direct', 'generator'],
    default: 'direct',
  },
  {
    name: 'start',
    type: 'string',
    description:
      'where rows begin that are moved themselves: at their base rows, or at noise within the range of the data',
    choices: ['base', 'noise'],
    default: 'base',
  },
  {
    name: 'epochs',
    type: 'integer',
    description: 'passes over the clean data; 201 as published',
    unit: 'passes',
    minimum: 1,
    maximum: 10000,
    default: 60,
  },
  {
    name: 'batch',
    type: 'integer',
    description: 'clean rows of a batch, in the order of the data; 1000 as published for MNIST, 256 for CIFAR-10',
    unit: 'rows',
    minimum: 2,
    maximum: 100000,
    default: 5000,
  },
  {
    name: 'leaderRate',
    type: 'number',
    description:
      "alpha: the leader's step; direct: the largest change of a value of a row; generator: the factor of the gradient, 0.01 as published",
    unit: 'stored units, or none',
    minimum: 1e-9,
    maximum: 1000,
    default: 0.3,
  },
  {
    name: 'leaderSteps',
    type: 'integer',
    description: 'm: leader steps in a row',
    minimum: 1,
    maximum: 100,
    default: 1,
  },
  {
    name: 'followerRate',
    type: 'number',
    description: "beta: the follower's step",
    minimum: 1e-9,
    maximum: 1000,
    default: 0.1,
  },
  {
    name: 'followerSteps',
    type: 'integer',
    description: 'n: follower steps after the leader has moved; 20 as published',
    minimum: 0,
    maximum: 1000,
    default: 5,
  },
  {
    name: 'solver',
    type: 'string',
    description:
      'how H q = grad L is solved: conjugate gradients on the normal equations (cgnr, published), or on H + damping I (cg)',
    choices: ['cgnr', 'cg'],
    default: 'cg',
  },
  {
    name: 'solverIterations',
    type: 'integer',
    description: 'iterations of the solver; 16 as published',
    minimum: 1,
    maximum: 1000,
    default: 3,
  },
  {
    name: 'damping',
    type: 'number',
    description: 'added to the diagonal of H, for cg',
    minimum: 0,
    maximum: 1000,
    default: 0.1,
  },
  {
    name: 'validationShare',
    type: 'number',
    description:
      "mu~: the last part of every batch, over which the leader's loss is taken; the follower trains on it too",
    unit: 'share of the batch',
    minimum: 0.001,
    maximum: 1,
    default: 0.3,
  },
  {
    name: 'labels',
    type: 'string',
    description:
      "labels of the poison: those of the base rows (as published), or each row's least likely one under w_c (our reading)",
    choices: ['base', 'least-likely'],
    default: 'base',
  },
  {
    name: 'keep',
    type: 'string',
    description:
      'which poison is kept: the last (as published), or that of the epoch with the largest mean validation loss (best)',
    choices: ['last', 'best'],
    default: 'last',
  },
];
