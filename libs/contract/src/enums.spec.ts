import { dataTypes, distributions, placements, scalings, solvers } from './enums';
import { Placement, placementToJSON, Scaling, scalingToJSON } from './generated/theriac/v1/game';
import { DataType, dataTypeToJSON } from './generated/theriac/v1/tensor';
import { Distribution, distributionToJSON, Solver, solverToJSON } from './generated/theriac/v1/trainer';

/** The contract's own JSON name of a number, as our word. */
const spelled = (json: string, prefix: string) => json.slice(prefix.length).toLowerCase().replaceAll('_', '-');

describe.each([
  {
    of: 'data types',
    words: dataTypes,
    values: DataType,
    json: (value: number) => dataTypeToJSON(value),
    prefix: 'DATA_TYPE_',
  },
  {
    of: 'scalings',
    words: scalings,
    values: Scaling,
    json: (value: number) => scalingToJSON(value),
    prefix: 'SCALING_',
  },
  {
    of: 'placements',
    words: placements,
    values: Placement,
    json: (value: number) => placementToJSON(value),
    prefix: 'PLACEMENT_',
  },
  {
    of: 'distributions',
    words: distributions,
    values: Distribution,
    json: (value: number) => distributionToJSON(value),
    prefix: 'DISTRIBUTION_',
  },
  { of: 'solvers', words: solvers, values: Solver, json: (value: number) => solverToJSON(value), prefix: 'SOLVER_' },
])('$of', ({ words, values, json, prefix }) => {
  const numbers = Object.values(values).filter((value): value is number => typeof value === 'number' && value > 0);

  it('gives every number the word of the contract, and back', () => {
    expect(numbers.length).toBeGreaterThan(1);
    for (const number of numbers) {
      const name = words.toName(number);
      expect(name?.toLowerCase()).toBe(spelled(json(number), prefix));
      expect((words.toValue as (name: string | undefined) => number)(name)).toBe(number);
    }
    expect(words.names).toHaveLength(numbers.length);
  });

  it('has no word for numbers of a newer contract', () => {
    expect(words.toName(-1)).toBeUndefined();
    expect(words.toName(99)).toBeUndefined();
  });
});

it('gives "not set" a meaning only where the contract does', () => {
  expect(scalings.toName(0)).toBe('standardised');
  expect(placements.toName(0)).toBe('added');
  expect(solvers.toName(0)).toBe('conjugate-gradient');
  expect(dataTypes.toName(0)).toBeUndefined();
  expect(distributions.toName(0)).toBeUndefined();
});
