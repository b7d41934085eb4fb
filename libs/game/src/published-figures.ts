/**
 * What the literature reports, in percent and percentage points: Y. Yu, CS480/680, Lecture 18 "Data Poisoning", 2024.
 * Page 8: attacks at eps_d = 3% on MNIST; page 9: on CIFAR-10; page 10: parameter corruption; page 15: Gradient Canceling
 * against TGDA. Drops are relative to the clean accuracy; where the lecture prints another number, `printed` has it.
 */

/** A reported accuracy: `drop` = `clean` - accuracy. */
export interface PublishedFigure {
  readonly source: string;
  readonly page: number;
  readonly clean: number;
  readonly accuracy: number;
  readonly drop: number;
  /** The deviation that the lecture prints. */
  readonly deviation?: number;
  /** The lecture's own drop where it differs from the arithmetic. */
  readonly printed?: number;
  /** Why `printed` is not the drop. */
  readonly erratum?: string;
  readonly hours?: number;
}

/** What the lecture says of a target: its drop, and tau, the fraction from which it is within reach. */
export interface PublishedTarget extends PublishedFigure {
  readonly tau: number;
}

const sources = {
  8: 'Lecture 18, page 8 (Lu, Kamath, Yu 2022)',
  9: 'Lecture 18, page 9 (Lu, Kamath, Yu 2022)',
  10: 'Lecture 18, page 10 (Sun et al. 2021)',
  15: 'Lecture 18, page 15 (Lu, Kamath, Yu 2023)',
} as const;
type Page = keyof typeof sources;

interface Entry {
  readonly accuracy?: number;
  readonly drop?: number;
  readonly deviation?: number;
  readonly printed?: number;
  readonly erratum?: string;
  readonly hours?: number;
}

const ofTgda = (accuracy: number): string =>
  `The printed drop is relative to TGDA's accuracy, ${accuracy.toFixed(2)}, not to the clean one.`;
const subtraction = 'The printed drop is not the difference of the printed accuracies.';

/** By data set and model family. */
const cleanAccuracy: Readonly<Record<string, number>> = {
  'mnist lr': 92.35,
  'mnist nn': 98.04,
  'mnist cnn': 99.13,
  'cifar-10 cnn': 69.44,
  'cifar-10 resnet-18': 94.95,
  'tiny-imagenet resnet-34': 66.65,
};

/** Pages 8 and 9, eps_d = 0.03. */
const atThreePercent: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'mnist lr': {
    'label-flip': { accuracy: 90.83 },
    'min-max': { accuracy: 89.8 },
    'i-min-max': { accuracy: 89.56 },
    'back-gradient': { accuracy: 89.82 },
    tgda: { accuracy: 89.56, deviation: 0.07 },
  },
  'mnist nn': {
    'label-flip': { accuracy: 97.99 },
    'min-max': { accuracy: 98.07 },
    'i-min-max': { accuracy: 97.82 },
    'back-gradient': { accuracy: 97.67 },
    tgda: { accuracy: 96.54, deviation: 0.02 },
  },
  'mnist cnn': {
    'label-flip': { accuracy: 99.12 },
    'min-max': { accuracy: 99.55 },
    'i-min-max': { accuracy: 99.05, printed: 0.06, erratum: subtraction },
    'back-gradient': { accuracy: 99.02, printed: 0.09, erratum: subtraction },
    tgda: { accuracy: 98.02, deviation: 0.01 },
  },
  'cifar-10 cnn': {
    'meta-poison': { accuracy: 68.14, deviation: 0.12, printed: 1.13, erratum: subtraction },
    tgda: { accuracy: 65.15, deviation: 0.09, hours: 42 },
  },
  'cifar-10 resnet-18': {
    'meta-poison': { accuracy: 92.9, deviation: 0.07 },
    tgda: { accuracy: 89.41, deviation: 0.03, hours: 162 },
  },
};

/** Page 10, by corruption radius eps_w. */
const corrupted: Readonly<Record<string, Readonly<Record<number, Entry>>>> = {
  'mnist lr': { 0.5: { accuracy: 69.8 }, 1: { accuracy: 21.48 } },
  'mnist nn': { 0.5: { accuracy: 76.51, printed: 20.03, erratum: ofTgda(96.54) }, 1: { accuracy: 31.14 } },
  'mnist cnn': { 0.5: { accuracy: 73.24, printed: 24.78, erratum: ofTgda(98.02) }, 1: { accuracy: 12.98 } },
};

/** Page 10: ||w - w_c|| of the model that TGDA ends in. */
const tgdaDistance: Readonly<Record<string, number>> = { 'mnist lr': 2.45, 'mnist nn': 0.55, 'mnist cnn': 0.74 };

/** Page 15: drops by eps_d. The last fraction of each row of Gradient Canceling is the row's tau. */
const canceling: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'mnist lr': { 0.03: 22.97, 0.1: 63.83, 1: 67.01, 1.15: 69.66 },
  'mnist nn': { 0.03: 6.1, 0.1: 9.77, 1: 12.05, 2.48: 19.05 },
  'mnist cnn': { 0.03: 9.55, 0.1: 20.1, 1: 23.8, 0.98: 23.77 },
  'cifar-10 resnet-18': { 0.03: 13.73, 0.1: 16.4, 1: 18.33, 1.29: 19.98 },
  'tiny-imagenet resnet-34': { 0.03: 13.22, 0.1: 16.11, 1: 20.15, 1.08: 22.79 },
};
const tgda: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'mnist lr': { 0.03: 2.79, 0.1: 4.01, 1: 8.97 },
  'mnist nn': { 0.03: 1.5, 0.1: 1.72, 1: 5.49 },
  'mnist cnn': { 0.03: 1.11, 0.1: 1.31, 1: 4.76 },
  'cifar-10 resnet-18': { 0.03: 5.54, 0.1: 6.28, 1: 17.21 },
  'tiny-imagenet resnet-34': { 0.03: 4.42, 0.1: 6.52, 1: 14.33 },
};

/** Page 15: the GradPC targets that Gradient Canceling aims at. */
const targets: Readonly<Record<string, Entry & { readonly tau: number }>> = {
  'mnist lr': { drop: 70.87, tau: 1.15 },
  'mnist nn': { accuracy: 76.51, tau: 2.48, printed: 20.03, erratum: ofTgda(96.54) },
  'mnist cnn': { accuracy: 73.24, tau: 0.98, printed: 24.78, erratum: ofTgda(98.02) },
  'cifar-10 resnet-18': { drop: 21.69, tau: 1.29 },
  'tiny-imagenet resnet-34': { drop: 24.77, tau: 1.08 },
};

const round = (value: number): number => Number(value.toFixed(2));

/** The lecture's word for a model, by data set: its papers use several networks under one name. */
function rowOf({ dataset, model }: { dataset: string; model: string }): string | undefined {
  const family = /^(lr|nn|cnn|resnet-\d+)(-|$)/.exec(model)?.[1];
  const row = `${dataset} ${family}`;
  const cifarNet = model === 'cnn-cifar';
  return cleanAccuracy[row] === undefined || (family === 'cnn' && cifarNet !== (dataset === 'cifar-10'))
    ? undefined
    : row;
}

function figureOf(row: string, page: Page, entry: Entry | undefined): PublishedFigure | undefined {
  const clean = cleanAccuracy[row];
  if (entry === undefined || clean === undefined) return undefined;
  const { accuracy = round(clean - (entry.drop ?? 0)), drop = round(clean - accuracy), ...rest } = entry;
  return { source: sources[page], page, clean, accuracy, drop, ...rest };
}

const byFraction = (drop: number | undefined): Entry | undefined => (drop === undefined ? undefined : { drop });

/** The clean accuracy reported for a model on a whole data set, percent; undefined where there is none. */
export function publishedClean(dataset: string, model: string): PublishedFigure | undefined {
  const row = rowOf({ dataset, model });
  if (row === undefined) return undefined;
  return figureOf(row, dataset === 'mnist' ? 8 : dataset === 'cifar-10' ? 9 : 15, { drop: 0 });
}

/** What is reported for an attack at a fraction; undefined where nothing comparable is. */
export function publishedAttack(game: {
  dataset: string;
  model: string;
  attack: string;
  epsilonD: number;
  target?: string;
}): PublishedFigure | undefined {
  const row = rowOf(game);
  if (row === undefined) return undefined;
  if (game.attack === 'gradient-canceling')
    return game.target === undefined || game.target === 'gradpc'
      ? figureOf(row, 15, byFraction(canceling[row]?.[game.epsilonD]))
      : undefined;
  const atThree = game.epsilonD === 0.03 ? atThreePercent[row]?.[game.attack] : undefined;
  if (atThree !== undefined) return figureOf(row, game.dataset === 'mnist' ? 8 : 9, atThree);
  return game.attack === 'tgda' ? figureOf(row, 15, byFraction(tgda[row]?.[game.epsilonD])) : undefined;
}

/** What is reported for GradPC with radius eps_w; undefined where nothing is. */
export function publishedCorruption(dataset: string, model: string, epsilonW: number): PublishedFigure | undefined {
  const row = rowOf({ dataset, model });
  return row === undefined ? undefined : figureOf(row, 10, corrupted[row]?.[epsilonW]);
}

/** What page 15 says of the target of Gradient Canceling; undefined where it has none. */
export function publishedTarget(dataset: string, model: string): PublishedTarget | undefined {
  const row = rowOf({ dataset, model });
  const entry = row === undefined ? undefined : targets[row];
  if (row === undefined || entry === undefined) return undefined;
  const { tau, ...rest } = entry;
  const figure = figureOf(row, 15, rest);
  return figure === undefined ? undefined : { ...figure, tau };
}

/** The distance of TGDA's model from the clean one at eps_d = 0.03, page 10; undefined where there is none. */
export function publishedDistance(dataset: string, model: string): number | undefined {
  const row = rowOf({ dataset, model });
  return row === undefined ? undefined : tgdaDistance[row];
}
