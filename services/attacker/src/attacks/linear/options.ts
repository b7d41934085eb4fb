/** Options that the attacks on binary linear defenders share. */
import type { OptionSpec, OptionValues } from '@theriac/game';
import { numberOption, textOption } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import type { BinarySettings } from './binary-game';

export const binaryOptions: readonly OptionSpec[] = [
  {
    name: 'ridge',
    type: 'number',
    description: 'lambda of lambda/2 |theta|^2 in the defender that the attack reckons with',
    minimum: 1e-8,
    maximum: 10,
    default: 0.02,
  },
  {
    name: 'quantile',
    type: 'number',
    description:
      'poison keeps within the sphere, the slab and (where the attack has a decoy) the loss of so many clean rows of its class',
    unit: 'share of the clean rows of a class',
    minimum: 0,
    maximum: 1,
    default: 0.9,
  },
  {
    name: 'share',
    type: 'number',
    description:
      'candidates are judged by the best accuracy after sphere, slab and loss sanitisation of so many rows of each class, and without; 0: without only',
    unit: 'share of the rows of a class',
    minimum: 0,
    maximum: 0.5,
    default: 0.05,
  },
];

/** The shared options as numbers. */
export function binarySettingsOf(options: OptionValues): BinarySettings {
  return {
    ridge: numberOption(options, 'ridge'),
    quantile: numberOption(options, 'quantile'),
    share: numberOption(options, 'share'),
  };
}

export const decoyOptions: readonly OptionSpec[] = [
  {
    name: 'flips',
    type: 'string',
    description:
      'shares of the clean rows, those with the smallest margins, whose labels a decoy saw flipped, by comma',
    default: '0.1,0.15,0.2,0.3',
  },
  {
    name: 'repeats',
    type: 'string',
    description: 'copies of the flipped rows that a decoy saw, by comma; every one is tried with every share',
    default: '3,8,18',
  },
];

/** A list of numbers from a text option. Throws INVALID_ARGUMENT naming it. */
export function numbersOption(options: OptionValues, name: string, most: number): number[] {
  const text = textOption(options, name);
  const numbers = text.split(',').map((piece) => (piece.trim() === '' ? NaN : Number(piece)));
  if (numbers.every((value) => value > 0 && value <= most)) return numbers;
  throw invalid(name, text, `numbers above 0 up to ${most}, by comma`, 'For example 0.1,0.2.');
}
