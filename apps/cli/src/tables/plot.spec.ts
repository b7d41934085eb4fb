import { spread } from '@theriac/game';
import type { ResultCard } from '@theriac/game';
import { fakeCell, fakeGame, fakeState, fakeTable } from '../fakes/measured-cells';
import { entriesOf } from './entries';
import { tableMarkdown } from './markdown';
import { tablePage } from './page';
import { hasOwnPlot, plotFile } from './plot';

const l2 = fakeCell('lr', 'l2', 'attack: tgda', 'poison-fraction: 0.03', 'defence: l2');
const knn = fakeCell('lr', 'knn', 'attack: tgda', 'poison-fraction: 0.03', 'defence: knn');
const cells = ['rows: { lr: LR <small> }', 'columns: { l2: L2, knn: k-NN }'];
const lectures = fakeTable([l2, knn], ...cells);
const own = { ...lectures, page: undefined };

function defended(changes: Partial<ResultCard> = {}) {
  const measured = fakeGame(l2, [92, 92.2], [91, 91.4], { defence: 'l2:share=0.05', ...changes });
  if (measured.kind !== 'game') throw new Error('no game');
  const [protocol] = measured.card.protocols;
  const removed = {
    clean: spread([3000, 3000]),
    rows: spread([3090, 3090]),
    precision: spread([40, 42]),
    recall: spread([80, 82]),
  };
  return { ...measured, card: { ...measured.card, protocols: [{ ...protocol!, removed }] } };
}

const states = [fakeState(l2, defended()), fakeState(knn)];

describe('a table of our own', () => {
  const markdown = tableMarkdown(own, 'quick', states);

  it('has no lines for a lecture that says nothing', () => {
    expect(markdown).toContain('An experiment of this project.');
    expect(markdown).not.toMatch(/lecture/i);
    expect(markdown).toContain('| **LR \\<small\\>** | 91.20 / 0.90 ±0.14 (recall 81.00%) | not measured |');
  });

  it('says what the defence left out', () => {
    expect(markdown).toContain('| left out | precision % | recall % |');
    expect(markdown).toContain('| 3090 | 41.00 ±1.41 | 81.00 ±1.41 |');
    expect(tableMarkdown(own, 'quick', [fakeState(l2, fakeGame(l2, [92], [91]))])).not.toContain('recall');
  });

  it('has one plot, beside its text and on its page', () => {
    expect(markdown).toContain('![Points of accuracy lost](quick.svg)');
    const plot = plotFile(own, entriesOf(own, 'quick', states));
    expect(plot.match(/<rect class="poison-fill"/g)).toHaveLength(1);
    expect(plot).toContain('LR &#60;small&#62;');
    expect(plot).toContain('0.90 ±0.14');
    expect(plot.match(/<svg /g)).toHaveLength(2);
    expect(tablePage(own, 'quick', states)).toContain('<h2>Points of accuracy lost</h2>');
  });

  it('has none where nothing is measured', () => {
    expect(hasOwnPlot(own, entriesOf(own, 'quick', [fakeState(knn)]))).toBe(false);
    expect(tableMarkdown(own, 'quick', [fakeState(knn)])).not.toContain('.svg');
  });
});

it("compares no defended game with the lecture's, which defends none", () => {
  const [entry] = entriesOf(lectures, 'quick', states);
  expect(entry?.lecture).toBeUndefined();
  expect(hasOwnPlot(lectures, entriesOf(lectures, 'quick', states))).toBe(false);
});
