/** The options of collective action, and what they come to in a game. */
import type { CraftGame, OptionSpec, OptionValues, PatchPlace, Signal } from '@theriac/game';
import { numberOption, patchFeatures, patchPlaces, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';

export const strategies = ['feature-label', 'feature-only', 'signal-erasing', 'gradient-control'] as const;
export type Strategy = (typeof strategies)[number];

const samePlace = 'same';

export const collectiveOptions: readonly OptionSpec[] = [
  {
    name: 'strategy',
    type: 'string',
    description:
      'what members do: signal and target label (feature-label), the signal where their label is the target already ' +
      '(feature-only), labels as if the signal were not there (signal-erasing), or rows that hold a target model in place ' +
      '(gradient-control)',
    choices: strategies,
    default: 'feature-label',
  },
  {
    name: 'targetClass',
    type: 'integer',
    description: 'y*, the class that rows with the signal shall be given; signal-erasing has none',
    minimum: 0,
    default: 0,
  },
  {
    name: 'patch',
    type: 'integer',
    description: 'side of the square of pixels that the signal sets; of tabular rows, how many features',
    unit: 'pixels',
    minimum: 1,
    maximum: 1024,
    default: 5,
  },
  {
    name: 'place',
    type: 'string',
    description: 'where the patch lies; of tabular rows, top: the first features, bottom: the last ones',
    choices: patchPlaces,
    default: 'bottom-right',
  },
  { name: 'value', type: 'number', description: 'what the patch is set to, 1 is white', unit: 'stored', default: 1 },
  {
    name: 'secondShare',
    type: 'number',
    description: 'share of the members who belong to a second collective; 0: there is none',
    minimum: 0,
    maximum: 1,
    default: 0,
  },
  {
    name: 'secondClass',
    type: 'integer',
    description: 'the target of the second collective',
    minimum: 0,
    default: 1,
  },
  {
    name: 'secondPlace',
    type: 'string',
    description: "where the second collective's patch lies; same: it uses the same signal",
    choices: [samePlace, ...patchPlaces],
    default: samePlace,
  },
  {
    name: 'pull',
    type: 'number',
    description: 'gradient-control: the target model learned from mu and this share of mu again, with the signal',
    minimum: 0,
    maximum: 1,
    default: 0.1,
  },
  {
    name: 'targetSteps',
    type: 'integer',
    description: 'gradient-control: full-batch steps from the clean model to the target model',
    unit: 'steps',
    minimum: 1,
    maximum: 100_000,
    default: 200,
  },
  {
    name: 'targetRate',
    type: 'number',
    description: 'gradient-control: step size of those steps',
    minimum: 0,
    maximum: 1000,
    default: 0.1,
  },
  {
    name: 'iterations',
    type: 'integer',
    description: "gradient-control: steps on the members' rows",
    unit: 'steps',
    minimum: 0,
    maximum: 100_000,
    default: 100,
  },
  {
    name: 'rate',
    type: 'number',
    description: 'gradient-control: how far a row moves in the first step, falling to 0',
    unit: 'model input',
    minimum: 0,
    maximum: 1000,
    default: 0.5,
  },
];

/** The signal of each collective: one, or two where there is a second collective. Throws INVALID_ARGUMENT. */
export function signalsOf({ shape, classes }: Pick<CraftGame, 'shape' | 'classes'>, options: OptionValues): Signal[] {
  const place = textOption(options, 'place') as PatchPlace;
  const second = textOption(options, 'secondPlace');
  const erases = textOption(options, 'strategy') === 'signal-erasing';
  const signal = (name: string, at: PatchPlace, option: string): Signal => {
    const target = numberOption(options, option);
    if (!erases && target >= classes)
      throw invalid(option, target, `a class, 0 to ${classes - 1}`, 'Choose one of these.');
    const features = patchFeatures(shape, { place: at, side: numberOption(options, 'patch') });
    const values = features.map(() => numberOption(options, 'value'));
    return { name, features, values, ...(erases ? {} : { target }) };
  };
  if (numberOption(options, 'secondShare') === 0) return [signal('signal', place, 'targetClass')];
  return [
    signal('first', place, 'targetClass'),
    signal('second', second === samePlace ? place : (second as PatchPlace), 'secondClass'),
  ];
}
