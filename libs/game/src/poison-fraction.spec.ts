import {
  describePoisonFraction,
  parsePoisonFraction,
  poisonCount,
  ratioFraction,
  requirePlaceable,
} from './poison-fraction';

describe('poisonCount', () => {
  it.each([
    [0.03, 60000, 1800],
    [0.1, 60000, 6000],
    [1.15, 60000, 69000],
    [2.48, 60000, 148800],
    [0.29, 100, 29],
    [0.57, 100, 57],
    [0.03, 4601, 138],
    [0, 60000, 0],
    [0.03, 33, 0],
    [1.29, 50000, 64500],
  ])('eps_d = %p of %p rows is %p', (epsilonD, cleanCount, expected) => {
    expect(poisonCount(ratioFraction(epsilonD), cleanCount)).toBe(expected);
  });

  it('agrees with exact integer arithmetic on every percentage', () => {
    for (let percent = 0; percent <= 300; percent++)
      expect(poisonCount(ratioFraction(percent / 100), 60000)).toBe(percent * 600);
  });

  it('replaces every clean row when the fraction is everything', () => {
    expect(poisonCount({ kind: 'everything' }, 60000)).toBe(60000);
  });
});

describe('parsePoisonFraction', () => {
  it.each([
    ['0.03', 0.03],
    ['3%', 0.03],
    [' 2.5 % ', 0.025],
    ['0', 0],
    ['1e-3', 0.001],
    [0.1, 0.1],
    ['-0', 0],
  ])('reads %p', (text, epsilonD) => {
    expect(parsePoisonFraction(text)).toEqual({ kind: 'ratio', epsilonD });
  });

  it.each(['inf', 'Infinity', 'everything', Infinity])('reads %p as everything', (text) => {
    expect(parsePoisonFraction(text)).toEqual({ kind: 'everything' });
  });

  it.each(['-0.1', 'NaN', '', 'three', '-inf', '0x10', '3%%', '101', '1e9', NaN])('refuses %p by name', (text) => {
    expect(() => parsePoisonFraction(text)).toThrow(/poison fraction is .*allowed: /i);
  });

  it('reads back what it describes', () => {
    for (const text of ['0.03', '0', 'everything', '1.15'])
      expect(describePoisonFraction(parsePoisonFraction(text))).toBe(text);
  });
});

describe('requirePlaceable', () => {
  it.each([
    ['added', { kind: 'ratio', epsilonD: 100 }],
    ['replaced', { kind: 'ratio', epsilonD: 1 }],
    ['replaced', { kind: 'everything' }],
  ] as const)('lets %s rows be %j', (placement, fraction) => {
    expect(() => requirePlaceable(fraction, placement)).not.toThrow();
  });

  it('refuses to add everything, and to replace more than there is', () => {
    expect(() => requirePlaceable({ kind: 'everything' }, 'added')).toThrow('poison_fraction is everything');
    expect(() => requirePlaceable({ kind: 'ratio', epsilonD: 1.5 }, 'replaced', '--poison-fraction')).toThrow(
      '--poison-fraction is 1.5; allowed: a share of the clean rows from 0 to 1',
    );
  });
});
