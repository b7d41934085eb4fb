import { spread } from '@theriac/game';
import { duration, figure, percent, spreadText } from './figures';

it.each([
  [59.9, '59.9 s'],
  [59.96, '1 min 00 s'],
  [125, '2 min 05 s'],
  [3599.6, '1 h 00 min'],
  [7380, '2 h 03 min'],
  [Number.NaN, '-'],
])('tells %p seconds as %s', (seconds, text) => expect(duration(seconds)).toBe(text));

it.each([
  [0, '0'],
  [0.0277412, '0.02774'],
  [1234.56, '1235'],
  [3.04e-8, '3.04e-8'],
  [-0.00000512, '-5.12e-6'],
  [null, '-'],
])('tells %p as %s', (value, text) => expect(figure(value)).toBe(text));

it('tells a spread, a single value, divergence and nothing apart', () => {
  expect(spreadText(spread([90, 92]))).toBe('91.00 ±1.41');
  expect(spreadText(spread([90]))).toBe('90.00');
  expect(spreadText(spread([null]))).toBe('diverged');
  expect(spreadText(spread([]))).toBe('-');
  expect(percent(undefined)).toBe('-');
});
