import { invalid, TheriacError } from '@theriac/tensors';
import { describeFailure } from './failure';

it('is one line, with 2 for a wrong request, 130 for an interruption, 1 for the rest', () => {
  expect(describeFailure(invalid('--seed', '-1', 'a whole number'))).toEqual({
    line: 'theriac: --seed is "-1"; allowed: a whole number.',
    exitCode: 2,
  });
  expect(describeFailure(new TheriacError('interrupted', { code: 'CANCELLED' })).exitCode).toBe(130);
  expect(describeFailure(new TheriacError('the trainer died', { code: 'UNAVAILABLE' })).exitCode).toBe(1);
  const { line, exitCode } = describeFailure(new Error('two\n  lines'));
  expect(line).toBe('theriac: two lines (THERIAC_DEBUG=1 shows where)');
  expect(exitCode).toBe(1);
});
