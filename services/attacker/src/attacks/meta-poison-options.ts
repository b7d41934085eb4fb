import type { OptionSpec } from '@theriac/game';
import { validationRowsOption, validationShareOption } from '../derivatives/leader-loss';
import { selectionOption } from '../starts/base-rows';

/** The options of MetaPoison. */
export const metaPoisonOptions: readonly OptionSpec[] = [
  {
    name: 'iterations',
    type: 'integer',
    description: 'steps on the poison; published: 60',
    unit: 'steps',
    minimum: 1,
    maximum: 1_000_000,
    default: 60,
  },
  {
    name: 'surrogates',
    type: 'integer',
    description: 'M, the surrogates of the ensemble; published: 24',
    minimum: 1,
    maximum: 1000,
    default: 4,
  },
  {
    name: 'stagger',
    type: 'integer',
    description: 'epochs between two surrogates at the start; each begins anew after M times as many; published: 1',
    unit: 'epochs',
    minimum: 1,
    maximum: 1000,
    default: 1,
  },
  {
    name: 'unroll',
    type: 'integer',
    description: 'K, the descent steps that are looked ahead; published: 2',
    unit: 'steps',
    minimum: 1,
    maximum: 100,
    default: 2,
  },
  {
    name: 'learningRate',
    type: 'number',
    description: "alpha, the surrogates' learning rate; published: 0.1",
    minimum: 1e-6,
    maximum: 100,
    default: 0.1,
  },
  {
    name: 'batches',
    type: 'integer',
    description: 'minibatches that an epoch is dealt into, the poison with the clean rows; published: 400 of 125 rows',
    minimum: 1,
    maximum: 10_000_000,
    default: 10,
  },
  {
    name: 'step',
    type: 'number',
    description: "Adam's step; published: 200 of 255 pixel values, which fills the ball of 8 at once",
    unit: 'model-input units',
    minimum: 0,
    maximum: 1000,
    default: 0.3,
  },
  {
    name: 'update',
    type: 'string',
    description: 'adam, as published, or signed-adam, on the signs of the slopes, as a later implementation does',
    choices: ['adam', 'signed-adam'],
    default: 'adam',
  },
  {
    name: 'schedule',
    type: 'string',
    description:
      'of the step: published (five iterations of warm-up, a tenth after one third, a hundredth after two thirds) or constant',
    choices: ['published', 'constant'],
    default: 'published',
  },
  {
    name: 'startRadius',
    type: 'number',
    description: 'the rows start at random within this l_inf distance of their base rows; published: 8/255',
    unit: 'stored units',
    minimum: 0,
    maximum: 1000,
    default: 8 / 255,
  },
  { ...selectionOption, default: 'first' },
  validationShareOption,
  validationRowsOption,
];
