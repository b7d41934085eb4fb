/** The head of the report: what was played, the figures that matter, and what to doubt. */
import type { ProtocolCard, ResultCard } from '@theriac/game';
import { duration, figure, percent, spreadText } from '../presentation/figures';
import { papersTarget } from '../driver/card-assembly';
import { barChart } from './bar-chart';
import type { Bar } from './bar-chart';
import { escape, table } from './html';

export function heading(card: ResultCard): string {
  const kind = card.target?.kind ?? '';
  const target = kind === '' ? '' : `, ${kind === 'gradpc' ? 'GradPC' : kind} target`;
  const title = card.attack === 'none' ? 'Plain training' : `${titleCase(card.attack)}${target}`;
  const text =
    card.attack === 'none'
      ? 'No poison: the defender trains on clean data.'
      : `The attacker ${placed(card)}; the defender trains from scratch on the mixture; the evaluator scores it on test data that neither has seen.`;
  return `<header><div class="eyebrow">Theriac, ${escape(card.model)} on ${escape(card.dataset)}</div><h1>${escape(title)}</h1><p>${escape(text)}</p><code>${escape(card.id)}</code></header>`;
}

/** What happens to the training set. */
function placed({ placement, poisonCount, poisonFraction }: ResultCard): string {
  const share = `${percent(poisonFraction * 100)}% of the clean rows`;
  return placement === 'replaced'
    ? `replaces ${poisonCount} rows of the training set, ${share}`
    : `adds ${poisonCount} poison rows to the training set, ${share}`;
}

export function tiles(card: ResultCard): string {
  const main = card.protocols[0];
  const list: [string, string, boolean?][] = [];
  if (main !== undefined && card.attack !== 'none')
    list.push([percent(main.drop.mean), `points of accuracy lost (${main.name}${deviation(main)})`, true]);
  if (main !== undefined) {
    if (card.attack !== 'none')
      list.push([`${percent(main.poisoned.mean)}%`, `accuracy after poisoning (${main.name})`]);
    list.push([`${percent(main.clean.mean)}%`, `clean accuracy (${main.name})`]);
  }
  if (card.reported !== null)
    list.push(
      card.reported.drop === null
        ? [`${percent(card.reported.clean)}%`, 'clean accuracy in the lecture; it has no drop for this game']
        : [percent(card.reported.drop), `points lost in the lecture${lectureTarget(card)}`],
    );
  if (card.target !== null)
    list.push([figure(card.target.tau), `tau of the target, against a fraction of ${card.poisonFraction}`]);
  if (card.attack !== 'none') list.push([duration(card.seconds.craft), 'to craft the poison']);
  const html = list.map(
    ([value, label, lead]) =>
      `<div class="tile${lead === true ? ' lead' : ''}"><b>${escape(value)}</b><span>${escape(label)}</span></div>`,
  );
  return `<div class="tiles">${html.join('')}</div>`;
}

export function flagList({ flags }: ResultCard): string {
  if (flags.length === 0) return '';
  return `<div class="flags"><h3>Before you believe it</h3><ul>${flags.map((flag) => `<li>${escape(flag)}</li>`).join('')}</ul></div>`;
}

/** Measured drop of every protocol, and the reported one. */
export function dropBars(card: ResultCard): string {
  if (card.attack === 'none') return '';
  const bars: Bar[] = card.protocols.map(({ name, drop }) => ({
    name,
    value: drop.mean ?? 0,
    spread: drop.sd ?? 0,
    text: drop.mean === null ? 'diverged' : spreadText(drop),
    kind: 'poison',
  }));
  if (card.reported !== null && card.reported.drop !== null)
    bars.push({
      name: 'lecture',
      value: card.reported.drop,
      text: `${percent(card.reported.drop)}${lectureTarget(card)}`,
      kind: 'paper',
    });
  return `<div class="panel"><h3>Accuracy lost, points</h3>${barChart('Accuracy lost, points', bars)}</div>`;
}

export function protocolTable(card: ResultCard): string {
  const poisoned = card.attack !== 'none';
  const trained = card.protocols.some(({ training }) => training !== undefined);
  const head = [
    'protocol',
    'clean',
    ...(poisoned ? ['poisoned', 'drop', 'last epoch', 'best epoch'] : ['last epoch', 'best epoch']),
    ...(trained ? ['on its own rows'] : []),
    'gradient norm',
    'largest',
    'time',
  ];
  const rows = card.protocols.map((protocol) => [
    protocol.name,
    spreadText(protocol.clean),
    ...(poisoned ? [spreadText(protocol.poisoned), spreadText(protocol.drop)] : []),
    percent(protocol.last.poisoned.mean),
    percent(protocol.best.poisoned.mean),
    ...(trained ? [percent(protocol.training?.poisoned.mean ?? null)] : []),
    figure(protocol.gradientNorm.mean),
    figure(protocol.gradientNorm.max),
    duration(protocol.seconds),
  ]);
  return table(head, rows);
}

/** Whose target the lecture's figure is for, where it is not this one. */
function lectureTarget({ reported }: ResultCard): string {
  return reported?.source.endsWith(papersTarget) === true ? ' (GradPC)' : '';
}

function deviation({ drop }: ProtocolCard): string {
  return drop.sd === null ? '' : `, ±${drop.sd.toFixed(2)} over seeds`;
}

function titleCase(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
