/**
 * A start for networks: clean rows of other classes, made longer. It cancels for every hidden layer at once, so that it need
 * not know which hidden layers the defender will find.
 *
 * Where the last layer's weight is near 0 and its bias balanced, predictions are p = the class frequencies, and a row's part
 * of the gradient is (p - e_y) h(x)' with h(x) = (features, 1): bilinear in (p - e_y) and h. Every ReLU, LeakyReLU or
 * max-pooling network has h(c x) ~ c h(x) for long rows (biases are left behind). Let a row of label k begin as a row of
 * class a, uniform over a != k, times c. Over nu with label frequencies p, and H_a the mean of h over class a,
 *   eps_d g(nu) = (c eps_d / (C-1)) sum_a sum_{k != a} p_k (p - e_k) H_a' = (c eps_d / (C-1)) sum_a p_a (e_a - p) H_a'
 *               = -(c eps_d / (C-1)) g(mu)        since sum_k p_k (p - e_k) = 0,  C the number of classes,
 * so that c = (C-1) / eps_d cancels the last layer whatever the hidden layers are; hidden gradients, which pass the last
 * layer's weight and the same p - e_y, cancel with it. This derivation is ours.
 */
import type { CraftGame } from '@theriac/game';
import { gatheredRows } from '@theriac/game';

type StartGame = Pick<CraftGame, 'clean' | 'classes' | 'epsilonD' | 'random'>;

/** Starting rows for these labels [labels.length * features], model-input space; `share` of the length that cancels. */
export function lengthenedRows(game: StartGame, labels: Int32Array, share: number): Float32Array {
  const { rows, present } = sourceRows(game, labels);
  const factor = (share * Math.max(1, present - 1)) / game.epsilonD;
  return gatheredRows(game.clean, rows).x.map((value) => factor * value);
}

/**
 * The clean row that each poison row begins as: the i-th row of a label takes the i-th of the other classes in turn, and the
 * next row of that class in a seeded order. `present` is the number of classes that have rows.
 */
export function sourceRows(
  { clean, classes, random }: Pick<StartGame, 'clean' | 'classes' | 'random'>,
  labels: Int32Array,
): { rows: Int32Array; present: number } {
  const byClass: number[][] = Array.from({ length: classes }, () => []);
  for (const row of random.fork('sources').permutation(clean.count)) byClass[clean.y[row]!]!.push(row);
  const present = Array.from(byClass.keys()).filter((k) => byClass[k]!.length > 0);
  const taken = new Int32Array(classes);
  const seen = new Int32Array(classes);
  const rows = labels.map((label) => {
    const others = present.filter((k) => k !== label);
    const source = others.length === 0 ? label : others[seen[label]!++ % others.length]!;
    const own = byClass[source]!;
    return own[taken[source]!++ % own.length]!;
  });
  return { rows, present: present.length };
}
