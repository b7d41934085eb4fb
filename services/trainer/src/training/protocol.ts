/** What a training protocol is: how the defender looks for w* = argmin_w F(mu + eps_d nu; w). */

/** How minibatches are drawn from the clean rows (0 .. n-1) and the rows that came with them (n .. n+m-1). */
export type Order =
  /** Each epoch a new permutation of all rows. */
  | 'shuffled'
  /** Each epoch a new permutation of the clean rows; batch b takes the others int(b B m/n) .. int((b+1) B m/n) along. */
  | 'appended';

/** How the learning rate changes, as a factor on that of the start; e is the epoch, 0 at first, E the number of epochs. */
export type Schedule =
  | { readonly kind: 'constant' }
  /** factor^e. */
  | { readonly kind: 'exponential'; readonly factor: number }
  /** (1 + cos(pi e / E)) / 2. */
  | { readonly kind: 'cosine' }
  /** factor^k, k the number of entries of `at` (epochs) that are <= e. */
  | { readonly kind: 'steps'; readonly factor: number; readonly at: readonly number[] };

/** What minibatch training is determined by. */
export interface MinibatchSettings {
  readonly optimiser: 'sgd' | 'adam' | 'adadelta';
  /** Of the start, after the warm-up. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** The learning rate rises linearly over the steps of this many epochs. */
  readonly warmUpEpochs: number;
  /** Of `sgd` alone. */
  readonly momentum: number;
  /** g <- g + weightDecay w. */
  readonly weightDecay: number;
  /** Gradients longer than this are shortened to it; undefined: none are. */
  readonly clipNorm: number | undefined;
  readonly batch: number;
  readonly epochs: number;
  readonly order: Order;
  /** When dropout layers drop. */
  readonly dropout: 'always' | 'first-epoch';
  /** crop-and-flip: each image padded by 4 pixels, cropped at random and flipped half of the time. */
  readonly augmentation: 'none' | 'crop-and-flip';
}

/** Minibatch training. */
export interface MinibatchProtocol extends MinibatchSettings {
  readonly kind: 'minibatch';
  /** As it was asked for, with the number of epochs where that was. */
  readonly id: string;
}

/** Full-batch minimisation to the end, for convex losses. */
export interface ConvergedProtocol {
  readonly kind: 'converged';
  readonly id: string;
  /** Most L-BFGS iterations. */
  readonly iterations: number;
  /** Stop when the norm of the gradient is below this. */
  readonly gradientTolerance: number;
}

export type Protocol = MinibatchProtocol | ConvergedProtocol;

/** What a protocol's settings may depend on. */
export interface ProtocolGame {
  /** First word of the model's id: lr, nn, cnn, resnet. */
  readonly family: string;
  /** Whether rows are images of several channels. */
  readonly colour: boolean;
}

/** A protocol that may be asked for. */
export interface ProtocolDefinition {
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  /** The settings in this game, for minibatch training. */
  readonly settings: ((game: ProtocolGame) => Partial<MinibatchSettings>) | 'converged';
}
