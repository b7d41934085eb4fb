import { readNumbers } from './options';

describe('readNumbers', () => {
  it('reads what is given and keeps the standard of the rest', () => {
    expect(readNumbers(['--seed', '7'], { seed: 0, minutes: 60 })).toEqual({ seed: 7, minutes: 60 });
  });

  it('names what it does not know, and what is no number', () => {
    expect(() => readNumbers(['--minute', '1'], { minutes: 60 })).toThrow('--minutes NUMBER');
    expect(() => readNumbers(['--minutes', 'long'], { minutes: 60 })).toThrow('--minutes is "long"');
  });
});
