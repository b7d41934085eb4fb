/** The three games of the demo: the baseline, the paper's attack, and the same attack with a reachable target. */
import type { ResultCard } from '@theriac/game';
import { publishedAttack } from '@theriac/game';
import { percent, spreadText } from '../presentation/figures';
import { textTable } from '../presentation/table';

export interface DemoGame {
  readonly title: string;
  readonly attack: string;
  readonly target?: string;
}

export const demoGames: readonly DemoGame[] = [
  { title: 'label flip', attack: 'label-flip' },
  { title: "Gradient Canceling, the paper's target", attack: 'gradient-canceling', target: 'gradpc' },
  { title: 'Gradient Canceling, reversed target', attack: 'gradient-canceling', target: 'reversed' },
];

export interface DemoRow {
  readonly game: DemoGame;
  readonly card: ResultCard;
}

/** One line per game and protocol, with the lecture's drop beside the measured one. */
export function demoTable(rows: readonly DemoRow[]): string {
  const right = { align: 'right' as const };
  const several = new Set(rows.flatMap(({ card }) => card.protocols.map(({ name }) => name))).size > 1;
  const lines = rows.flatMap(({ game, card }) =>
    card.protocols.map((protocol, index) => [
      index === 0 ? game.title : '',
      ...(several ? [protocol.name] : []),
      spreadText(protocol.clean),
      spreadText(protocol.poisoned),
      spreadText(protocol.drop),
      index === 0 ? lectureDrop(game, card) : '',
      card.target === null || index > 0 ? '' : card.target.tau.toPrecision(3),
    ]),
  );
  return textTable(
    [
      { title: '3% poison' },
      ...(several ? [{ title: 'protocol' }] : []),
      { title: 'clean %', ...right },
      { title: 'poisoned %', ...right },
      { title: 'drop', ...right },
      { title: 'lecture', ...right },
      { title: 'tau', ...right },
    ],
    lines,
  );
}

/** The lecture's drop for the game on MNIST; a dash where it has none, or where another data set was played. */
function lectureDrop({ attack, target }: DemoGame, { dataset, model, poisonFraction }: ResultCard): string {
  const figure = publishedAttack({
    dataset,
    model,
    attack,
    epsilonD: poisonFraction,
    ...(target === undefined ? {} : { target }),
  });
  return percent(figure?.drop);
}
