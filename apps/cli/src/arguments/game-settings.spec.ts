import { readSettings } from './game-settings';
import type { PlayFlags } from './game-settings';

const flags: PlayFlags = {
  dataset: 'mnist',
  model: 'lr',
  attack: 'gradient-canceling',
  poisonFraction: '0.03',
  constraint: 'none',
  option: [],
  seeds: '3',
  seed: '0',
  trainLimit: '0',
  scaling: 'standardised',
};
const read = (changes: Partial<PlayFlags>) => readSettings({ ...flags, ...changes }, ['mnist', 'gaussians']);

describe('readSettings', () => {
  it('gives every defender a seed of its own, apart from the attack', () => {
    expect(read({ seed: '7', seeds: '2' })).toMatchObject({ attackSeed: 7, seeds: [8, 9] });
  });

  it('takes --target for the option target, and a percentage for a fraction', () => {
    const { attack, poisonFraction } = read({
      target: 'reversed',
      option: ['steps=5', 'note=a=b'],
      poisonFraction: '3%',
    });
    expect(attack).toEqual({ id: 'gradient-canceling', given: { steps: '5', note: 'a=b', target: 'reversed' } });
    expect(poisonFraction).toBe(0.03);
  });

  it('plays no attack at fraction 0, and asks for one otherwise', () => {
    expect(read({ poisonFraction: '0' }).attack).toBeNull();
    const { attack: _, ...without } = flags;
    expect(readSettings({ ...without, poisonFraction: '0' }, ['mnist']).attack).toBeNull();
    expect(() => readSettings(without, ['mnist'])).toThrow('--attack is missing');
  });

  it('takes everything for a fraction', () => {
    expect(read({ poisonFraction: 'everything' }).poisonFraction).toBe(Infinity);
  });

  it("takes a user's own data by a path, made absolute", () => {
    expect(read({ dataset: 'path:/data/own.csv' }).game.dataset).toBe('path:/data/own.csv');
    expect(read({ dataset: 'path:own' }).game.dataset).toBe(`path:${process.cwd()}/own`);
    expect(() => read({ dataset: 'path:' })).toThrow('--dataset is "path:"; allowed: path:FOLDER_OR_FILE.');
  });

  it('takes protocols one by one or in a list', () => {
    expect(read({ protocol: ['p-gc', 'adam, converged'] }).protocols).toEqual(['p-gc', 'adam', 'converged']);
    expect(read({}).protocols).toBeUndefined();
  });

  it("leaves the defender's derivatives to the attacker, or to the trainer where it is told to", () => {
    expect(read({ follower: 'local' }).attack).toEqual(read({}).attack);
    expect(read({ follower: 'remote' }).attack).toMatchObject({ follower: 'remote' });
    expect(() => read({ follower: 'nobody' })).toThrow('--follower is "nobody"; allowed: local, remote');
  });

  it('takes a radius for the ball only', () => {
    expect(read({ constraint: 'linf-ball', radius: '0.1', fixedLabels: true }).constraint).toEqual({
      kind: 'linf-ball',
      radius: 0.1,
      fixedLabels: true,
    });
    expect(read({ constraint: ' slab:quantile=0.80, box,fixed-labels' }).constraint).toEqual({
      kind: 'slab:quantile=0.8,box',
      radius: 0,
      fixedLabels: true,
    });
    expect(() => read({ constraint: 'slab:quantile=2' })).toThrow('--constraint slab.quantile');
    expect(() => read({ constraint: 'linf-ball' })).toThrow('--radius is missing');
    expect(() => read({ constraint: 'box', radius: '1' })).toThrow('belongs to linf-ball');
    expect(() => read({ constraint: 'linf-ball', radius: '0' })).toThrow('above 0');
  });

  it.each<[Partial<PlayFlags>, RegExp]>([
    [{ dataset: 'mist' }, /--dataset is "mist"; allowed: mnist, gaussians, path:FOLDER_OR_FILE/],
    [{ poisonFraction: '-0.1' }, /--poison-fraction is "-0.1"; allowed: a ratio/],
    [{ poisonFraction: 'NaN' }, /--poison-fraction is "NaN"/],
    [{ constraint: 'l2' }, /--constraint is "l2"; allowed: none, box, linf-ball/],
    [{ option: ['steps'] }, /--option is "steps"; allowed: name=value/],
    [{ option: ['=5'] }, /--option is "=5"/],
    [{ target: 'a', option: ['target=b'] }, /--target is "a"; allowed: b/],
    [{ seeds: '0' }, /--seeds is "0"/],
    [{ trainLimit: '-5' }, /--train-limit is "-5"/],
    [{ scaling: 'raw' }, /--scaling is "raw"; allowed: standardised, symmetric, stored/],
  ])('refuses %p and says what is allowed', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
