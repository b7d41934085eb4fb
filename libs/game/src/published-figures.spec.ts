import { publishedAttack, publishedClean, publishedCorruption } from './published-figures';

const game = (attack: string, epsilonD = 0.03, target?: string, model = 'lr') =>
  publishedAttack({ dataset: 'mnist', model, attack, epsilonD, ...(target === undefined ? {} : { target }) });

describe('published figures', () => {
  it('has the figures of page 8 and 15', () => {
    expect(game('label-flip')).toMatchObject({ clean: 92.35, accuracy: 90.83, drop: 1.52 });
    expect(game('gradient-canceling', 0.03, 'gradpc')).toMatchObject({ drop: 22.97, accuracy: 69.38 });
    expect(game('gradient-canceling', 0.1)).toMatchObject({ drop: 63.83 });
    expect(game('label-flip', 0.03, undefined, 'nn-gc')).toMatchObject({ clean: 98.04, drop: 0.05 });
    expect(game('min-max', 0.03, undefined, 'cnn-gc')).toMatchObject({ drop: -0.42 });
    expect(game('tgda', 1, undefined, 'cnn-tgda')).toMatchObject({ drop: 4.76 });
  });

  it('has none where nothing comparable was published', () => {
    expect(game('gradient-canceling', 0.03, 'reversed')).toBeUndefined();
    expect(game('label-flip', 0.05)).toBeUndefined();
    expect(
      publishedAttack({ dataset: 'gaussians', model: 'lr', attack: 'label-flip', epsilonD: 0.03 }),
    ).toBeUndefined();
    expect(publishedClean('spambase', 'lr')).toBeUndefined();
    expect(publishedClean('mnist', 'lr')?.clean).toBe(92.35);
  });

  it('corrects the drops that the lecture took from the wrong accuracy, and keeps the printed ones', () => {
    expect(publishedCorruption('mnist', 'lr', 0.5)).toMatchObject({ accuracy: 69.8, drop: 22.55 });
    expect(publishedCorruption('mnist', 'lr', 1)).toMatchObject({ accuracy: 21.48, drop: 70.87 });
    expect(publishedCorruption('mnist', 'nn-gc', 0.5)).toMatchObject({ drop: 21.53, printed: 20.03 });
    expect(publishedCorruption('mnist', 'cnn-gc', 0.5)).toMatchObject({ drop: 25.89, printed: 24.78 });
    expect(game('back-gradient', 0.03, undefined, 'cnn-gc')).toMatchObject({ drop: 0.11, printed: 0.09 });
    expect(publishedCorruption('mnist', 'lr', 2)).toBeUndefined();
  });
});
