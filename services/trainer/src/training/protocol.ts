/**
 * Training protocols: how the defender looks for w* = argmin_w F(mu + eps_d nu; w).
 * Sources: the authors' released code where named (Lu, Kamath, Yu, TMLR 2022: P-TGDA; ICML 2023: P-GC; Sun et al., AAAI
 * 2021: P-GradPC); `stable-sgd`, `adam` and `converged` are this project's references.
 */
import { TheriacError, invalid } from '@theriac/tensors';

/** How minibatches are drawn from the clean rows (0 .. n-1) and the rows that came with them (n .. n+m-1). */
export type Order =
  /** Each epoch a new permutation of all rows. */
  | 'shuffled'
  /** Each epoch a new permutation of the clean rows; batch b takes the others int(b B m/n) .. int((b+1) B m/n) along. */
  | 'appended';

/** Minibatch training. */
export interface MinibatchProtocol {
  readonly kind: 'minibatch';
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  readonly optimiser: 'sgd' | 'adam' | 'adadelta';
  /** Learning rate of the first epoch. */
  readonly learningRate: number;
  /** Factor on the learning rate after each epoch. */
  readonly decay: number;
  readonly batch: number;
  readonly epochs: number;
  readonly order: Order;
}

/** Full-batch minimisation to the end, for convex losses. */
export interface ConvergedProtocol {
  readonly kind: 'converged';
  readonly id: string;
  readonly summary: string;
  readonly source: string;
  /** Most L-BFGS iterations. */
  readonly iterations: number;
  /** Stop when the norm of the gradient is below this. */
  readonly gradientTolerance: number;
}

export type Protocol = MinibatchProtocol | ConvergedProtocol;

const minibatch = (
  id: string,
  summary: string,
  source: string,
  settings: Partial<Omit<MinibatchProtocol, 'kind' | 'id' | 'summary' | 'source'>>,
): MinibatchProtocol => ({
  kind: 'minibatch',
  id,
  summary,
  source,
  optimiser: 'sgd',
  learningRate: 0.1,
  decay: 1,
  batch: 1000,
  epochs: 100,
  order: 'shuffled',
  ...settings,
});

/** Every protocol, one line each. */
export const protocols: readonly Protocol[] = [
  minibatch('p-gc', 'SGD, learning rate 0.1, batch 10000, 100 epochs', 'Lu, Kamath, Yu (ICML 2023), released code', {
    batch: 10000,
  }),
  minibatch('p-tgda', 'SGD, learning rate 0.1, batch 1000, 100 epochs', 'Lu, Kamath, Yu (TMLR 2022), released code', {
    order: 'appended',
  }),
  minibatch(
    'p-gradpc',
    'Adadelta, learning rate 1 x 0.7 per epoch, batch 64, 14 epochs: the clean model that GradPC corrupts',
    'Sun et al. (AAAI 2021), re-implementation by T. Lee',
    { optimiser: 'adadelta', learningRate: 1, decay: 0.7, batch: 64, epochs: 14 },
  ),
  minibatch(
    'stable-sgd',
    'SGD, learning rate 0.01, batch 1000, 30 epochs',
    'this project: a step size that does not oscillate',
    {
      learningRate: 0.01,
      epochs: 30,
    },
  ),
  minibatch('adam', 'Adam, learning rate 0.001, batch 1000, 30 epochs', 'Kingma, Ba (ICLR 2015)', {
    optimiser: 'adam',
    learningRate: 0.001,
    epochs: 30,
  }),
  {
    kind: 'converged',
    id: 'converged',
    summary: 'L-BFGS on all rows, preconditioned by their second moments, for softmax regression only',
    source: 'Liu, Nocedal (1989); preconditioner after Boehning (1992)',
    iterations: 300,
    gradientTolerance: 1e-5,
  },
];

/** The protocol `id`. Throws INVALID_ARGUMENT for an unknown one, FAILED_PRECONDITION where the model does not allow it. */
export function protocolFor(id: string, model: { readonly id: string; readonly softmaxRegression: boolean }): Protocol {
  const protocol = protocols.find((candidate) => candidate.id === id);
  if (protocol === undefined)
    throw invalid(
      'protocol',
      id || '(empty)',
      protocols.map((candidate) => candidate.id).join(', '),
      'Choose one of these.',
    );
  if (protocol.kind === 'converged' && !model.softmaxRegression)
    throw new TheriacError('The converged defender needs a convex loss.', {
      code: 'FAILED_PRECONDITION',
      field: 'protocol',
      found: `converged for model ${model.id}`,
      allowed: 'converged for model lr',
      remedy: 'Choose another protocol for this model.',
    });
  return protocol;
}
