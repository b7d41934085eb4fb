import { learningRateAt } from './learning-rate';
import { protocolFor } from './protocol-for';
import type { MinibatchProtocol } from './protocol';

const game = { id: 'cifar-10', shape: [32, 32, 3] };
const named = (name: string): MinibatchProtocol =>
  protocolFor(name, { id: 'resnet-18', softmaxRegression: false }, game) as MinibatchProtocol;

/** Learning rates of the last steps of the given epochs, 4 steps each. */
const rates = (name: string, epochs: readonly number[]): number[] =>
  epochs.map((epoch) => learningRateAt(named(name), 4 * epoch + 3, 4));

const close = (values: readonly number[]): number[] => values.map((value) => expect.closeTo(value, 12) as number);

describe('the learning rate', () => {
  it('stays', () => expect(rates('p-tgda', [0, 50, 99])).toEqual([0.1, 0.1, 0.1]));

  it('falls by a factor an epoch, whatever the number of epochs', () => {
    expect(rates('p-gradpc', [0, 1, 13])).toEqual(close([1, 0.7, 0.7 ** 13]));
    expect(rates('p-gradpc@3', [0, 1, 2])).toEqual(close([1, 0.7, 0.49]));
  });

  it('falls by a cosine to nothing, over the epochs there are', () => {
    expect(rates('p-resnet', [0, 25, 50, 75])).toEqual(
      close([0.1, 0.05 * (1 + Math.SQRT1_2), 0.05, 0.05 * (1 - Math.SQRT1_2)]),
    );
    expect(rates('p-resnet@4', [0, 1, 2, 3])).toEqual(rates('p-resnet', [0, 25, 50, 75]));
  });

  it('rises while it warms up, and falls in steps that are stretched with the epochs', () => {
    expect([0, 9, 19].map((step) => learningRateAt(named('p-metapoison'), step, 4))).toEqual(close([0.005, 0.05, 0.1]));
    expect(rates('p-metapoison', [99, 100, 149, 150, 199])).toEqual(close([0.1, 0.01, 0.01, 0.001, 0.001]));
    expect(rates('p-metapoison@20', [9, 10, 14, 15, 19])).toEqual(close([0.1, 0.01, 0.01, 0.001, 0.001]));
    expect(learningRateAt(named('p-metapoison@20'), 0, 4)).toBeCloseTo(0.05, 12);
  });
});
