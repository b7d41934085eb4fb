/** An online card as text for a terminal. */
import { duration, percent, spreadText } from '../presentation/figures';
import { textTable, wrapped } from '../presentation/table';
import type { ArmCard, OnlineCard } from './online-card';

/** What a trainer is called where people read: its defences without their options. */
export function armTitle({ attacked, defence }: Pick<ArmCard, 'attacked' | 'defence'>): string {
  const who = attacked ? 'attacked' : 'no attacker';
  return defence === 'none' ? who : `${who}, ${defence.replace(/:[^,]*/g, '').replaceAll(',', ' + ')}`;
}

/** "12, 14, -": the tick of each seed, a dash where it survived. */
export function collapseText({ ticksToCollapse }: Pick<ArmCard, 'ticksToCollapse'>): string {
  return ticksToCollapse.map((tick) => (tick === null ? '-' : String(tick))).join(', ');
}

/** "97%" of a share; a dash where there is none. */
function shareText(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(0)}%`;
}

/** Titles and rows of the table of trainers. */
export function armRows(card: OnlineCard): { head: string[]; rows: string[][] } {
  return {
    head: [
      'trainer',
      'final %',
      'lowest %',
      'collapsed',
      'ticks to collapse',
      'regret per tick',
      'honest weight',
      'poison weight',
      'rolled back',
    ],
    rows: card.arms.map((arm) => [
      armTitle(arm),
      spreadText(arm.final),
      spreadText(arm.lowest),
      `${arm.collapsed} of ${arm.curves.length}`,
      collapseText(arm),
      spreadText(arm.regretPerTick),
      shareText(arm.honest.weight),
      shareText(arm.poison.weight),
      percent(arm.rolledBack.mean),
    ]),
  };
}

/** One line that says what was played. */
export function onlineHeadline({ model, dataset, attack, share, stream, constraint }: OnlineCard): string {
  const attacker =
    attack === 'none' ? 'no attacker' : `${attack} with ${shareOf(share)} of the arrivals (${constraint.kind})`;
  return `${model} on ${dataset}, online: ${stream.ticks} ticks of ${stream.perTick} rows, ${attacker}`;
}

/** The card; `path` is where its run lies. */
export function onlineSummary(card: OnlineCard, path: string): string {
  const { head, rows } = armRows(card);
  const columns = head.map((title, index) => ({ title, ...(index === 0 ? {} : { align: 'right' as const }) }));
  return [
    wrapped(onlineHeadline(card), 110, '  '),
    '',
    textTable(columns, rows),
    `Mean ± deviation over ${card.seeds.length} seed${card.seeds.length === 1 ? '' : 's'} (${card.seeds.join(', ')}); clean model ${spreadText(card.clean)}.`,
    wrapped(`Collapse: ${card.definitions.collapse}. Regret: ${card.definitions.regret}.`, 110, '  '),
    ...card.defences.map((defence) => wrapped(`Defence: ${defence}`, 110, '  ')),
    ...card.flags.map((flag) => wrapped(`! ${flag}`, 110, '  ')),
    `Played in ${duration(card.seconds)}.`,
    '',
    `Report: ${path}/report.html`,
    '',
  ].join('\n');
}

const shareOf = (share: number): string => `${Number((100 * share).toPrecision(4))}%`;
