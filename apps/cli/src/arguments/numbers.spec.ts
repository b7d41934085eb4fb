import { readInteger, readNumber } from './numbers';

describe('readNumber', () => {
  it.each([
    ['0.5', 0.5],
    [' 1e-3 ', 0.001],
    ['.25', 0.25],
    ['3.', 3],
  ])('reads %p', (text, value) => expect(readNumber('epsilon-w', text, { above: 0 })).toBe(value));

  it.each(['', 'NaN', 'Infinity', '-1', '0', '1e999', '0x10', '1,5', 'one', '1 2'])('refuses %p by name', (text) => {
    expect(() => readNumber('epsilon-w', text, { above: 0 })).toThrow(/--epsilon-w is .*allowed: a number above 0/);
  });
});

describe('readInteger', () => {
  it.each([
    ['0', 0],
    ['42', 42],
  ])('reads %p', (text, value) => expect(readInteger('seed', text, 0)).toBe(value));

  it.each(['', '1.5', '1e3', '-1', '9007199254740993', 'two', 'NaN'])('refuses %p', (text) => {
    expect(() => readInteger('seed', text, 0)).toThrow('--seed');
  });
});
