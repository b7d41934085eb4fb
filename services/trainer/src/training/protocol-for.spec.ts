import { protocolFor } from './protocol-for';
import { protocols } from './protocols';

const mnist = { id: 'mnist', shape: [28, 28, 1] };
const cifar = { id: 'cifar-10', shape: [32, 32, 3] };
const spambase = { id: 'spambase', shape: [57] };
const model = (id: string) => ({ id, softmaxRegression: id === 'lr' });

describe('the protocol of a game', () => {
  it.each([
    ['p-gc', 'lr', mnist, { batch: 10000, dropout: 'always', epochs: 100, learningRate: 0.1 }],
    ['p-gc', 'nn-gc', mnist, { batch: 10000 }],
    ['p-gc', 'cnn-gc', mnist, { batch: 1000, dropout: 'first-epoch', weightDecay: 0 }],
    ['p-gc', 'resnet-18', cifar, { batch: 128, momentum: 0.9, weightDecay: 5e-4, schedule: { kind: 'cosine' } }],
    ['p-tgda', 'cnn-tgda', mnist, { batch: 1000, order: 'appended', augmentation: 'none' }],
    ['p-tgda', 'cnn-cifar', cifar, { batch: 256, order: 'appended', epochs: 100 }],
    ['p-gradpc', 'cnn-gc', mnist, { batch: 64, optimiser: 'adadelta', dropout: 'always' }],
    ['p-resnet', 'resnet-34', cifar, { augmentation: 'crop-and-flip', epochs: 100 }],
    ['p-unlearnable', 'resnet-18', cifar, { clipNorm: 5, epochs: 60 }],
    ['p-gc@20', 'nn-gc', mnist, { id: 'p-gc@20', batch: 10000, epochs: 20 }],
  ])('%s, for %s: the settings of its source', (name, id, dataset, settings) => {
    expect(protocolFor(name, model(id), dataset)).toMatchObject(settings);
  });

  it.each([
    ['p-x', 'lr', mnist, 'INVALID_ARGUMENT', /protocol is "p-x"; allowed: p-gc, /],
    ['', 'lr', mnist, 'INVALID_ARGUMENT', /\(empty\)/],
    ['p-gc@0', 'lr', mnist, 'INVALID_ARGUMENT', /id@n/],
    ['converged@5', 'lr', mnist, 'INVALID_ARGUMENT', /has no epochs/],
    ['converged', 'nn-gc', mnist, 'FAILED_PRECONDITION', /convex loss/],
    ['p-resnet', 'lr', spambase, 'FAILED_PRECONDITION', /crops and flips images/],
  ])('%s for %s on %p is refused', (name, id, dataset, code, message) => {
    const asking = (): unknown => protocolFor(name, model(id), dataset);
    expect(asking).toThrow(message);
    expect(asking).toThrow(expect.objectContaining({ detail: expect.objectContaining({ code }) as unknown }) as Error);
  });

  it('is made for every model by every protocol that has epochs', () => {
    for (const { id, settings } of protocols)
      if (settings !== 'converged')
        for (const family of ['lr', 'nn-gc', 'cnn-cifar', 'resnet-18'])
          expect(protocolFor(`${id}@2`, model(family), cifar)).toMatchObject({ kind: 'minibatch', epochs: 2 });
  });
});
