/** Options of the attack; the defaults are those that were measured. */
import type { OptionSpec, OptionValues } from '@theriac/game';
import { numberOption } from '@theriac/game';

export const convexImplicitOptions: readonly OptionSpec[] = [
  {
    name: 'iterations',
    type: 'integer',
    description: 'steps on the poison, each after a new minimum of the defender',
    unit: 'steps',
    minimum: 1,
    maximum: 100_000,
    default: 100,
  },
  {
    name: 'rows',
    type: 'integer',
    description:
      'clean rows of the defender that the attack reckons with, drawn at random; poison weighs as much as among all',
    unit: 'rows',
    minimum: 1,
    maximum: 10_000_000,
    default: 15_000,
  },
  {
    name: 'pixels',
    type: 'integer',
    description: 'how many pixels the poison uses, those that vary most in clean data; the others hold their median',
    unit: 'pixels',
    minimum: 1,
    maximum: 10_000_000,
    default: 400,
  },
  {
    name: 'rate',
    type: 'number',
    description: 'length of a step',
    unit: 'share of the range of stored values',
    minimum: 0,
    maximum: 1,
    default: 0.05,
  },
  {
    name: 'ridge',
    type: 'number',
    description: 'lambda of lambda/2 |w|^2 in the defender that the attack reckons with, so that its minimum is one',
    minimum: 1e-8,
    maximum: 10,
    default: 1e-4,
  },
  {
    name: 'relabelShare',
    type: 'number',
    description: 'most labels changed at a time, every third step, where another label promises more',
    unit: 'share of the poison',
    minimum: 0,
    maximum: 1,
    default: 0.025,
  },
];

/** The options as numbers. */
export interface ConvexImplicitSettings {
  readonly iterations: number;
  readonly rows: number;
  readonly pixels: number;
  readonly rate: number;
  readonly ridge: number;
  readonly relabelShare: number;
}

export function settingsOf(options: OptionValues): ConvexImplicitSettings {
  return {
    iterations: numberOption(options, 'iterations'),
    rows: numberOption(options, 'rows'),
    pixels: numberOption(options, 'pixels'),
    rate: numberOption(options, 'rate'),
    ridge: numberOption(options, 'ridge'),
    relabelShare: numberOption(options, 'relabelShare'),
  };
}
