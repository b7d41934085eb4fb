import { spread } from '@theriac/game';
import type { RemovalCard, ResultCard } from '@theriac/game';
import { fakeCell, fakeGame } from '../fakes/measured-cells';
import { defenceSection } from './removal';

function cardWith(defence: string, removed: RemovalCard | undefined): ResultCard {
  const measured = fakeGame(fakeCell('lr', 'tgda'), [92, 92], [91, 91]);
  if (measured.kind !== 'game') throw new Error('expected a game');
  const protocols = measured.card.protocols.map((protocol) =>
    removed === undefined ? protocol : { ...protocol, removed },
  );
  return { ...measured.card, defence, protocols };
}

const left = (rows: number): RemovalCard => ({
  clean: spread([0, 0]),
  rows: spread([rows, rows]),
  precision: spread(rows === 0 ? [null, null] : [25, 25]),
  recall: spread([10, 10]),
});

it('has a line for each protocol in which rows were left out, beside the truth', () => {
  const html = defenceSection(cardWith('knn:k=3', left(12)));
  expect(html).toContain('<td>p-tgda</td><td class="figure">0</td><td class="figure">12</td>');
  expect(html).toContain('25.00');
});

it('says of a defence that leaves no row out just that', () => {
  const html = defenceSection(cardWith('adversarial-training', left(0)));
  expect(html).toContain('adversarial-training. It left no row out.');
  expect(html).not.toMatch(/<table|precision/);
});

it('is empty without a defence', () => expect(defenceSection(cardWith('none', undefined))).toBe(''));
