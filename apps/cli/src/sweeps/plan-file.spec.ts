import { TheriacError } from '@theriac/tensors';
import { parsePlan } from './plan-file';

const file = 'plans/few.yaml';
const plan = (text: string) => parsePlan(text, file, ['mnist', 'spambase']);
const few = `title: A few percent
game: { dataset: mnist, model: lr, train-limit: 1000, options: { rule: next } }
grid:
  attack: [label-flip, tgda]
  poison-fraction: [0.01, 0.03, 0.1]
  defence: [none, 'l2:share=0.1,knn']
options-of:
  tgda: { epochs: 2 }
`;

it('has a game for every combination, the last setting fastest', () => {
  const { title, varied, count, gameAt } = plan(few);
  expect([title, varied, count]).toEqual(['A few percent', ['attack', 'poison-fraction', 'defence'], 12]);
  const wanted = ['label-flip', 'tgda'].flatMap((attack) =>
    ['0.01', '0.03', '0.1'].flatMap((fraction) =>
      ['none', 'l2:share=0.1,knn'].map((defence) => [attack, fraction, defence]),
    ),
  );
  expect(Array.from({ length: 12 }, (_, index) => gameAt(index).choices)).toEqual(wanted);
});

it('reads the settings as theriac play does, with the options of the attack', () => {
  const { settings } = plan(few).gameAt(11);
  expect(settings).toMatchObject({
    game: { dataset: 'mnist', model: 'lr', trainLimit: 1000 },
    attack: { id: 'tgda', given: { rule: 'next', epochs: '2' } },
    poisonFraction: 0.1,
    defence: 'l2:share=0.1,knn',
  });
});

it('names a game by its settings, wherever they stand', () => {
  const alone =
    plan(`game: { dataset: mnist, model: lr, train-limit: 1000, options: { rule: next }, attack: label-flip, defence: none }
grid: { poison-fraction: [0.03] }
`);
  const digests = Array.from({ length: 12 }, (_, index) => plan(few).gameAt(index).digest);
  expect(new Set(digests).size).toBe(12);
  expect(alone.gameAt(0).digest).toBe(digests[2]);
});

it.each<[string, string, RegExp]>([
  [
    'a key that there is not',
    'game: { dataset: mnist, modl: lr }\ngrid: { seeds: [1] }',
    /game\.modl.*allowed: dataset/,
  ],
  ['a grid without settings', 'game: { dataset: mnist, model: lr }\ngrid: {}', /grid is "nothing"/],
  ['a setting without values', 'game: { dataset: mnist, model: lr }\ngrid: { seeds: [] }', /grid\.seeds/],
  ['a value twice', 'game: { dataset: mnist, model: lr }\ngrid: { seed: [1, 2, 1] }', /1 twice/],
  ['a value out of range', 'game: { dataset: mnist, model: lr }\ngrid: { poison-fraction: [0.1, -1] }', /\[1\] is -1/],
  ['a setting in both places', 'game: { dataset: mnist, model: lr, seed: 1 }\ngrid: { seed: [2] }', /in game too/],
  ['no model', 'game: { dataset: mnist }\ngrid: { seed: [2] }', /game\.model/],
  ['an alias', 'game: &all { dataset: mnist, model: lr }\ngrid: { seed: [2] }\noptions-of: *all', /alias/],
  ['what is not YAML', 'game: [', /line \d+, column \d+/],
  [
    'too many games',
    `game: { dataset: mnist, model: lr }\ngrid: { seed: [${[...Array(400).keys()].join()}], train-limit: [${[...Array(400).keys()].join()}] }`,
    /160000 games.*at most 100000/,
  ],
])('refuses %s', (_, text, words) => {
  const read = () => plan(text);
  expect(read).toThrow(TheriacError);
  expect(read).toThrow(words);
  expect(read).toThrow(file);
});

it('refuses what does not fit together in the name of the game', () => {
  const { gameAt } = plan('game: { dataset: mnist, model: lr }\ngrid: { constraint: [box, linf-ball] }');
  expect(gameAt(0).settings.constraint.kind).toBe('box');
  expect(() => gameAt(1)).toThrow(/few\.yaml \(game 1\).*radius/);
  expect(() => gameAt(2)).toThrow(/a game from 0 to 1/);
});
