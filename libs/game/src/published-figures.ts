/**
 * What the literature reports, in percent and percentage points: Y. Yu, CS480/680, Lecture 18 "Data Poisoning", 2024.
 * Page 8: attacks at eps_d = 3%; page 10: parameter corruption; page 15: Gradient Canceling against TGDA.
 * Drops are relative to the clean accuracy; where the lecture prints another number, `printed` has it (its arithmetic is off).
 */

/** A reported accuracy: `drop` = `clean` - accuracy. */
export interface PublishedFigure {
  readonly source: string;
  readonly clean: number;
  readonly accuracy: number;
  readonly drop: number;
  /** The lecture's own number where it differs from the arithmetic. */
  readonly printed?: number;
}

const comparison = 'Lecture 18, page 8 (Lu, Kamath, Yu 2022)';
const corruption = 'Lecture 18, page 10 (Sun et al. 2020)';
const canceling = 'Lecture 18, page 15 (Lu, Kamath, Yu 2023)';

const cleanAccuracy: Readonly<Record<string, number>> = {
  'mnist lr': 92.35,
  'mnist nn-gc': 98.04,
  'mnist nn-tgda': 98.04,
  'mnist cnn-gc': 99.13,
  'mnist cnn-tgda': 99.13,
  'cifar-10 cnn-cifar': 69.44,
  'cifar-10 resnet-18': 94.95,
  'tiny-imagenet resnet-34': 66.65,
};

/** Accuracies at eps_d = 0.03, page 8; the second number is a printed drop that is wrong. */
const atThreePercent: Readonly<Record<string, Readonly<Record<string, readonly [number, number?]>>>> = {
  lr: {
    'label-flip': [90.83],
    'min-max': [89.8],
    'i-min-max': [89.56],
    'back-gradient': [89.82],
    tgda: [89.56],
  },
  nn: {
    'label-flip': [97.99],
    'min-max': [98.07],
    'i-min-max': [97.82],
    'back-gradient': [97.67],
    tgda: [96.54],
  },
  cnn: {
    'label-flip': [99.12],
    'min-max': [99.55],
    'i-min-max': [99.05, 0.06],
    'back-gradient': [99.02, 0.09],
    tgda: [98.02],
  },
};

/** Drops by eps_d, page 15. */
const gradientCanceling: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'mnist lr': { 0.03: 22.97, 0.1: 63.83, 1: 67.01, 1.15: 69.66 },
  'mnist nn': { 0.03: 6.1, 0.1: 9.77, 1: 12.05, 2.48: 19.05 },
  'mnist cnn': { 0.03: 9.55, 0.1: 20.1, 1: 23.8, 0.98: 23.77 },
  'cifar-10 resnet': { 0.03: 13.73, 0.1: 16.4, 1: 18.33, 1.29: 19.98 },
  'tiny-imagenet resnet': { 0.03: 13.22, 0.1: 16.11, 1: 20.15, 1.08: 22.79 },
};
const tgda: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'mnist lr': { 0.03: 2.79, 0.1: 4.01, 1: 8.97 },
  'mnist nn': { 0.03: 1.5, 0.1: 1.72, 1: 5.49 },
  'mnist cnn': { 0.03: 1.11, 0.1: 1.31, 1: 4.76 },
  'cifar-10 resnet': { 0.03: 5.54, 0.1: 6.28, 1: 17.21 },
  'tiny-imagenet resnet': { 0.03: 4.42, 0.1: 6.52, 1: 14.33 },
};

/** Accuracy after GradPC by corruption radius eps_w, page 10; the second number is a printed drop that is wrong. */
const gradPc: Readonly<Record<string, Readonly<Record<number, readonly [number, number?]>>>> = {
  'mnist lr': { 0.5: [69.8], 1: [21.48] },
  'mnist nn': { 0.5: [76.51, 20.03], 1: [31.14] },
  'mnist cnn': { 0.5: [73.24, 24.78], 1: [12.98] },
};

const family = (model: string): string => model.split('-')[0] ?? model;
const round = (value: number): number => Number(value.toFixed(2));

/** The clean accuracy reported for a model on a whole data set, percent; undefined where there is none. */
export function publishedClean(dataset: string, model: string): PublishedFigure | undefined {
  const clean = cleanAccuracy[`${dataset} ${model}`];
  return clean === undefined ? undefined : { source: comparison, clean, accuracy: clean, drop: 0 };
}

/** What is reported for an attack; undefined where nothing comparable is. */
export function publishedAttack(game: {
  dataset: string;
  model: string;
  attack: string;
  epsilonD: number;
  target?: string;
}): PublishedFigure | undefined {
  const clean = cleanAccuracy[`${game.dataset} ${game.model}`];
  if (clean === undefined) return undefined;
  const row = `${game.dataset} ${family(game.model)}`;
  const fromDrop = (source: string, drop: number | undefined): PublishedFigure | undefined =>
    drop === undefined ? undefined : { source, clean, accuracy: round(clean - drop), drop };
  if (game.attack === 'gradient-canceling')
    return game.target === undefined || game.target === 'gradpc'
      ? fromDrop(canceling, gradientCanceling[row]?.[game.epsilonD])
      : undefined;
  if (game.attack === 'tgda') return fromDrop(canceling, tgda[row]?.[game.epsilonD]);
  if (game.dataset !== 'mnist' || game.epsilonD !== 0.03) return undefined;
  const cell = atThreePercent[family(game.model)]?.[game.attack];
  return cell === undefined ? undefined : fromAccuracy(comparison, clean, cell);
}

/** What is reported for GradPC with radius eps_w; undefined where nothing is. */
export function publishedCorruption(dataset: string, model: string, epsilonW: number): PublishedFigure | undefined {
  const clean = cleanAccuracy[`${dataset} ${model}`];
  const cell = gradPc[`${dataset} ${family(model)}`]?.[epsilonW];
  return clean === undefined || cell === undefined ? undefined : fromAccuracy(corruption, clean, cell);
}

function fromAccuracy(source: string, clean: number, [accuracy, printed]: readonly [number, number?]): PublishedFigure {
  const figure = { source, clean, accuracy, drop: round(clean - accuracy) };
  return printed === undefined ? figure : { ...figure, printed };
}
