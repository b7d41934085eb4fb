import {
  publishedAttack,
  publishedClean,
  publishedCorruption,
  publishedDistance,
  publishedTarget,
} from './published-figures';

const attack = (dataset: string, model: string, name: string, epsilonD = 0.03, target?: string) =>
  publishedAttack({ dataset, model, attack: name, epsilonD, ...(target === undefined ? {} : { target }) });
const game = (name: string, epsilonD = 0.03, target?: string, model = 'lr') =>
  attack('mnist', model, name, epsilonD, target);

describe('published figures', () => {
  it('has the figures of pages 8 and 15', () => {
    expect(game('label-flip')).toMatchObject({ clean: 92.35, accuracy: 90.83, drop: 1.52, page: 8 });
    expect(game('gradient-canceling', 0.03, 'gradpc')).toMatchObject({ drop: 22.97, accuracy: 69.38, page: 15 });
    expect(game('gradient-canceling', 0.1)).toMatchObject({ drop: 63.83 });
    expect(game('label-flip', 0.03, undefined, 'nn-gc')).toMatchObject({ clean: 98.04, drop: 0.05 });
    expect(game('min-max', 0.03, undefined, 'cnn-gc')).toMatchObject({ drop: -0.42 });
    expect(game('tgda', 0.03)).toMatchObject({ drop: 2.79, deviation: 0.07, page: 8 });
    expect(game('tgda', 1, undefined, 'cnn-tgda')).toMatchObject({ drop: 4.76, page: 15 });
    expect(attack('tiny-imagenet', 'resnet-34', 'gradient-canceling', 1.08)).toMatchObject({ drop: 22.79 });
    expect(attack('tiny-imagenet', 'resnet-34', 'tgda')).toMatchObject({ drop: 4.42, page: 15 });
  });

  it('has the figures of page 9, with hours and deviations', () => {
    expect(attack('cifar-10', 'cnn-cifar', 'tgda')).toMatchObject({ clean: 69.44, drop: 4.29, hours: 42, page: 9 });
    expect(attack('cifar-10', 'resnet-18', 'tgda')).toMatchObject({ accuracy: 89.41, drop: 5.54, hours: 162 });
    expect(attack('cifar-10', 'resnet-18', 'meta-poison')).toMatchObject({ drop: 2.05, deviation: 0.07 });
    expect(attack('cifar-10', 'resnet-18', 'meta-poison')).not.toHaveProperty('printed');
  });

  it('has none where nothing comparable was published', () => {
    expect(game('gradient-canceling', 0.03, 'reversed')).toBeUndefined();
    expect(game('label-flip', 0.05)).toBeUndefined();
    expect(attack('gaussians', 'lr', 'label-flip')).toBeUndefined();
    expect(attack('mnist', 'cnn-cifar', 'label-flip')).toBeUndefined();
    expect(attack('cifar-10', 'cnn-gc', 'tgda')).toBeUndefined();
    expect(attack('cifar-10', 'cnn-cifar', 'label-flip')).toBeUndefined();
    expect(attack('cifar-10', 'resnet-34', 'tgda')).toBeUndefined();
    expect(publishedClean('spambase', 'lr')).toBeUndefined();
    expect(publishedClean('mnist', 'lr')?.clean).toBe(92.35);
  });

  it('corrects the drops that the lecture took from the wrong accuracy, and keeps the printed ones', () => {
    expect(publishedCorruption('mnist', 'lr', 0.5)).toMatchObject({ accuracy: 69.8, drop: 22.55 });
    expect(publishedCorruption('mnist', 'lr', 1)).toMatchObject({ accuracy: 21.48, drop: 70.87 });
    expect(publishedCorruption('mnist', 'nn-gc', 0.5)).toMatchObject({ drop: 21.53, printed: 20.03 });
    expect(publishedCorruption('mnist', 'cnn-gc', 0.5)).toMatchObject({ drop: 25.89, printed: 24.78 });
    expect(publishedTarget('mnist', 'nn-gc')).toMatchObject({ drop: 21.53, printed: 20.03, tau: 2.48 });
    expect(publishedTarget('mnist', 'cnn-gc')).toMatchObject({ drop: 25.89, printed: 24.78, tau: 0.98 });
    expect(game('i-min-max', 0.03, undefined, 'cnn-gc')).toMatchObject({ drop: 0.08, printed: 0.06 });
    expect(game('back-gradient', 0.03, undefined, 'cnn-gc')).toMatchObject({ drop: 0.11, printed: 0.09 });
    expect(attack('cifar-10', 'cnn-cifar', 'meta-poison')).toMatchObject({ drop: 1.3, printed: 1.13 });
    expect(publishedCorruption('mnist', 'lr', 2)).toBeUndefined();
  });

  it('gives a reason with every drop that it corrects', () => {
    for (const model of ['lr', 'nn-gc', 'cnn-gc'])
      for (const figure of [
        ...['label-flip', 'min-max', 'i-min-max', 'back-gradient', 'tgda'].map((name) =>
          game(name, 0.03, undefined, model),
        ),
        publishedCorruption('mnist', model, 0.5),
        publishedTarget('mnist', model),
      ])
        expect(figure?.erratum === undefined).toBe(figure?.printed === undefined);
  });

  it('knows targets and distances', () => {
    expect(publishedTarget('cifar-10', 'resnet-18')).toMatchObject({ drop: 21.69, tau: 1.29 });
    expect(publishedTarget('mnist', 'lr')).toMatchObject({ accuracy: 21.48, drop: 70.87, tau: 1.15 });
    expect(publishedDistance('mnist', 'nn-tgda')).toBe(0.55);
    expect(publishedDistance('cifar-10', 'resnet-18')).toBeUndefined();
  });
});
