/** The options of unlearnable examples; defaults are those published for CIFAR-10. */
import type { OptionSpec, OptionValues } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { selectionOption } from '../../starts/base-rows';

export const unlearnableOptions: readonly OptionSpec[] = [
  {
    name: 'noise',
    type: 'string',
    description: 'a noise of its own for each row, or one for each class',
    choices: ['sample-wise', 'class-wise'],
    default: 'sample-wise',
  },
  {
    name: 'objective',
    type: 'string',
    description: 'noise that leaves nothing to learn, or noise that the clean model gets wrong',
    choices: ['error-minimising', 'error-maximising'],
    default: 'error-minimising',
  },
  {
    name: 'radius',
    type: 'number',
    description: 'l_inf radius of the noise; published: 8/255. Gamma may be tighter, and holds the rows in their box',
    unit: 'stored units',
    minimum: 0,
    maximum: 1e6,
    default: 8 / 255,
  },
  {
    name: 'rounds',
    type: 'integer',
    description: 'most rounds of surrogate steps and noise steps',
    minimum: 1,
    maximum: 10_000,
    default: 10,
  },
  {
    name: 'steps',
    type: 'integer',
    description: 'T, signed steps of the noise in a round; 0: as published, 20 sample-wise, 1 class-wise',
    unit: 'steps',
    minimum: 0,
    maximum: 10_000,
    default: 0,
  },
  {
    name: 'step',
    type: 'number',
    description: 'length of such a step, as a share of the radius; published: 0.8 / 8',
    minimum: 0,
    maximum: 2,
    default: 0.1,
  },
  {
    name: 'classShare',
    type: 'number',
    description: 'share of the rows that class-wise noise is taken from; published: 0.2',
    minimum: 0,
    maximum: 1,
    default: 0.2,
  },
  {
    name: 'stopError',
    type: 'number',
    description: 'stop at this error of the surrogate on the noised rows (error-maximising: at one minus this)',
    minimum: 0,
    maximum: 1,
    default: 0.01,
  },
  {
    name: 'surrogateSteps',
    type: 'integer',
    description: 'M, minibatch steps of the surrogate in a round; published: 10',
    unit: 'steps',
    minimum: 1,
    maximum: 10_000,
    default: 10,
  },
  {
    name: 'batch',
    type: 'integer',
    description: 'rows of a minibatch; published: 512',
    unit: 'rows',
    minimum: 1,
    maximum: 1_000_000,
    default: 512,
  },
  {
    name: 'learningRate',
    type: 'number',
    description: 'learning rate of the surrogate; published: 0.1, with momentum',
    minimum: 1e-6,
    maximum: 100,
    default: 0.1,
  },
  {
    name: 'momentum',
    type: 'number',
    description: 'momentum of the surrogate; published: 0.9',
    minimum: 0,
    maximum: 0.999,
    default: 0.9,
  },
  selectionOption,
];

/** The options as the attack reads them. */
export interface UnlearnableSettings {
  readonly classWise: boolean;
  /** Error-maximising: the noise climbs the loss of the clean model. */
  readonly climbs: boolean;
  /** Stored units. */
  readonly radius: number;
  readonly rounds: number;
  /** T. */
  readonly steps: number;
  /** Stored units. */
  readonly step: number;
  readonly classShare: number;
  readonly stopError: number;
  /** M. */
  readonly surrogateSteps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly momentum: number;
}

export function settingsOf(options: OptionValues): UnlearnableSettings {
  const number = (name: string): number => numberOption(options, name);
  const classWise = textOption(options, 'noise') === 'class-wise';
  const radius = number('radius');
  return {
    classWise,
    climbs: textOption(options, 'objective') === 'error-maximising',
    radius,
    rounds: number('rounds'),
    steps: number('steps') || (classWise ? 1 : 20),
    step: number('step') * radius,
    classShare: number('classShare'),
    stopError: number('stopError'),
    surrogateSteps: number('surrogateSteps'),
    batch: number('batch'),
    learningRate: number('learningRate'),
    momentum: number('momentum'),
  };
}
