import { attackerProtocolOf, defenderProtocolsOf, keptEpochsOf } from './protocol-choice';

const offered = ['p-gc', 'p-tgda', 'p-gradpc', 'p-resnet', 'augmented-sgd', 'stable-sgd', 'adam', 'converged'];

describe('the protocols of a game', () => {
  it.each([
    ['lr', ['p-gc', 'stable-sgd', 'converged'], 100],
    ['nn-gc', ['p-gc', 'stable-sgd'], 10],
    ['nn-tgda', ['p-tgda', 'stable-sgd'], 10],
    ['cnn-gc', ['p-gc@20'], 10],
    ['cnn-tgda', ['p-tgda@20'], 10],
    ['cnn-cifar', ['augmented-sgd'], 10],
    ['resnet-34', ['p-resnet@10'], 1],
  ])('of %s are usually %p, the last %d epochs scored', (model, protocols, kept) => {
    expect(defenderProtocolsOf(undefined, model, offered)).toEqual(protocols);
    expect(keptEpochsOf(model)).toBe(kept);
  });

  it.each([
    ['lr', 'gradient-canceling', 'p-gradpc'],
    ['lr', undefined, 'p-gradpc'],
    ['lr', 'tgda', 'p-tgda'],
    ['nn-gc', 'min-max', 'p-tgda'],
    ['cnn-gc', 'gradient-canceling', 'p-gradpc@1'],
    ['cnn-tgda', 'tgda', 'p-tgda@20'],
    ['resnet-18', 'gradient-canceling', 'p-resnet@10'],
  ])('of an attacker of %s by %s start from %s', (model, attack, protocol) => {
    expect(attackerProtocolOf(undefined, model, attack, offered)).toBe(protocol);
    expect(attackerProtocolOf('adam@3', model, attack, offered)).toBe('adam@3');
  });

  it('are each taken once, with their epochs', () => {
    expect(defenderProtocolsOf(['p-gc@20', 'p-gc', 'p-gc@20'], 'nn-gc', offered)).toEqual(['p-gc@20', 'p-gc']);
  });

  it.each([
    [['p-x'], 'lr', /--protocol is "p-x"; allowed: p-gc, /],
    [['p-x@5'], 'lr', /--protocol is "p-x"; allowed: p-gc, /],
    [['p-gc@0'], 'lr', /--protocol is "p-gc@0"; allowed: a protocol id, or id@n/],
    [['converged'], 'nn-gc', /It needs model lr/],
    [['converged@9'], 'lr', /It has no epochs/],
  ])('are not %p for %s', (asked, model, message) => {
    expect(() => defenderProtocolsOf(asked, model, offered)).toThrow(message);
    expect(() => attackerProtocolOf(asked[0], model, 'tgda', offered)).toThrow(/--attacker-protocol/);
  });
});
