/** Small games, each another one: seeds differ, so that no blob of one serves the next. */

const kinds: readonly (readonly string[])[] = [
  ['--attack', 'label-flip'],
  ['--attack', 'gradient-canceling', '--target', 'reversed', '--constraint', 'box'],
  ['--attack', 'tgda', '--option', 'epochs=2'],
  ['--attack', 'min-max', '--defence', 'l2'],
];

/** The command line of game `number`, of a soak with this seed. */
export function smallGame(number: number, seed: number): string[] {
  const kind = kinds[number % kinds.length] ?? [];
  const game = ['--dataset', 'synthetic-digits', '--train-limit', '400', '--model', 'lr', ...kind];
  const defenders = ['--seeds', '1', '--protocol', 'p-gc@2', '--protocol', 'stable-sgd@2'];
  return ['play', ...game, ...defenders, '--attacker-protocol', 'stable-sgd@3', '--seed', String(1000 * seed + number)];
}
