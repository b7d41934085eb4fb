import { numberOption, parseOptions, textOption } from './attack';
import type { OptionSpec } from './attack';

const specs: readonly OptionSpec[] = [
  { name: 'rule', type: 'string', description: 'rule', choices: ['uniform', 'next'], default: 'uniform' },
  { name: 'radius', type: 'number', description: 'radius', unit: 'nats', minimum: 0, maximum: 2, default: 0.5 },
  { name: 'iterations', type: 'integer', description: 'steps', minimum: 1, default: 600 },
  { name: 'clip', type: 'boolean', description: 'clip', default: false },
];

describe('parseOptions', () => {
  it('fills in every default', () => {
    expect(parseOptions(specs, {}, 'demo')).toEqual({ rule: 'uniform', radius: 0.5, iterations: 600, clip: false });
  });

  it('reads numbers and booleans given as text, and keeps both ends of a range', () => {
    const values = parseOptions(specs, { radius: '2', iterations: '1', clip: 'true', rule: 'next' }, 'demo');
    expect(values).toEqual({ rule: 'next', radius: 2, iterations: 1, clip: true });
    expect(numberOption(values, 'radius')).toBe(2);
    expect(textOption(values, 'rule')).toBe('next');
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ radious: 1 }, /option of demo is .*radious.*allowed: rule, radius, iterations, clip/],
    [{ radius: -1 }, /demo\.radius is .*-1.*allowed: a number from 0 to 2 \(nats\)/],
    [{ radius: NaN }, /demo\.radius is .*NaN/],
    [{ radius: 'wide' }, /demo\.radius is .*wide/],
    [{ radius: '' }, /demo\.radius/],
    [{ iterations: 1.5 }, /demo\.iterations is .*1\.5.*allowed: a whole number of at least 1/],
    [{ iterations: 0 }, /demo\.iterations is .*0/],
    [{ rule: 'best' }, /demo\.rule is .*best.*allowed: uniform, next/],
    [{ clip: 1 }, /demo\.clip is .*1.*allowed: true or false/],
  ])('refuses %p', (given, sentence) => {
    expect(() => parseOptions(specs, given, 'demo')).toThrow(sentence);
  });
});
