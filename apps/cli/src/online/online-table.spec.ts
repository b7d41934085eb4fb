/** What is committed under experiments/online-feedback is what its games ask for, rendered from its cards. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onlineFlags } from '../fakes/parsed-online';
import type { OnlineCard } from './online-card';
import { readOnlineSettings } from './online-settings';
import { onlineMarkdown, onlinePlotPage } from './online-table';

const folder = resolve(__dirname, '..', '..', '..', '..', 'experiments', 'online-feedback');
const { common, quick } = JSON.parse(readFileSync(join(folder, 'games.json'), 'utf8')) as {
  common: string[];
  quick: Record<string, string[]>;
};
const cards = Object.keys(quick)
  .map((name) => ({ name, file: join(folder, 'results', 'quick', `${name}.json`) }))
  .filter(({ file }) => existsSync(file))
  .map(({ name, file }) => ({ name, card: JSON.parse(readFileSync(file, 'utf8')) as OnlineCard }));

it('has games that were measured', () => {
  expect(cards.length).toBeGreaterThan(0);
});

it.each(cards.map(({ name, card }) => [name, card] as const))('%s is the game that was asked for', (name, card) => {
  const { attack, share, online, game } = readOnlineSettings(onlineFlags([...common, ...(quick[name] ?? [])]), [
    'mnist',
  ]);
  const { defences, ...stream } = online;
  expect(card).toMatchObject({ attack: attack.id, options: attack.options, share, defences, stream });
  expect(card).toMatchObject({ dataset: game.game.dataset, model: game.game.model, seeds: game.seeds });
});

it('is rendered from its cards (node experiments/online-feedback/play.mjs quick --render)', () => {
  const found = (ending: string): string => readFileSync(join(folder, 'results', `quick.${ending}`), 'utf8');
  const all = cards.map(({ card }) => card);
  expect(found('md')).toBe(onlineMarkdown('quick', all));
  expect(found('html')).toBe(onlinePlotPage('quick', all));
});
