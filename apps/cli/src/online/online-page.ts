/** report.html of an online game: one self-contained page with the curves of all trainers. */
import { escape, facts, section, table } from '../report/html';
import { lineChart } from '../report/line-chart';
import type { Series } from '../report/line-chart';
import { styles } from '../report/styles';
import { percent } from '../presentation/figures';
import type { ArmCard, OnlineCard } from './online-card';
import type { OnlineManifest } from './online-settings';
import { armRows, armTitle, collapseText, onlineHeadline } from './online-text';

/** Red: attacked without defence; gold: defended; blue: without attacker. */
function lookOf({ attacked, defence }: ArmCard): Pick<Series, 'kind' | 'dashed'> {
  if (!attacked) return { kind: 'clean', dashed: defence !== 'none' };
  return { kind: defence === 'none' ? 'poison' : 'paper' };
}

/** The page. Equal content gives equal bytes. */
export function onlinePage(card: OnlineCard, manifest: OnlineManifest): string {
  const { head, rows } = armRows(card);
  const seeds = `${card.seeds.length} seed${card.seeds.length === 1 ? '' : 's'}`;
  const body = [
    `<header><div class="eyebrow">Online game</div><h1>${escape(card.id)}</h1><p>${escape(onlineHeadline(card))}</p></header>`,
    tiles(card),
    card.flags.length === 0
      ? ''
      : `<div class="flags"><ul>${card.flags.map((flag) => `<li>${escape(flag)}</li>`).join('')}</ul></div>`,
    section(
      'Accuracy over time',
      `<div class="panels">${accuracyCharts(card)}</div>`,
      `Mean over ${seeds}; the band runs from the worst seed to the best. All trainers see the same honest rows.`,
    ),
    section(
      'Trainers',
      table(head, rows),
      escape(
        `Mean ± deviation over ${seeds}. Collapse: ${card.definitions.collapse}. Regret: ${card.definitions.regret}. Weight: rows trained on, times the factor of their user where users are capped, among those that arrived.`,
      ),
    ),
    section(
      'Manifest',
      facts(factsOf(card, manifest)),
      'Everything that determines the result. The same manifest gives the same bytes on the same engine.',
    ),
    `<footer>Machine: ${escape(
      Object.entries(card.machine)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    )}. Made by theriac from card.json of this run; accuracies in percent.</footer>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(card.id)}</title><style>${styles}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

/** Accuracy against ticks, one panel per chain of defences, undefended and defended beside each other. */
function accuracyCharts(card: OnlineCard): string {
  const panels = card.defences.length === 0 ? ['none'] : card.defences;
  return panels.map((defence) => accuracyChart(card, defence)).join('');
}

function accuracyChart(card: OnlineCard, defence: string): string {
  const arms = card.arms.filter((arm) => ['none', defence].includes(arm.defence));
  const series = arms.map((arm): Series => ({ name: armTitle(arm), ...lookOf(arm), points: points(arm) }));
  const level = card.clean.mean === null ? [] : [levelOf(card, card.clean.mean * card.stream.collapseAt)];
  const title = `${card.attack}, ${defence === 'none' ? 'no defence' : defence}`;
  const chart = lineChart({
    title: `Test accuracy against ticks: ${title}`,
    xLabel: 'tick',
    yLabel: 'test accuracy, %',
    series: [...series, ...level],
    yDomain: [0, 100],
  });
  return `<div class="panel"><h3>${escape(title)}</h3>${chart}</div>`;
}

function levelOf({ stream }: OnlineCard, y: number): Series {
  return {
    name: 'collapse',
    kind: 'poison',
    dashed: true,
    points: [
      { x: 0, y },
      { x: stream.ticks, y },
    ],
  };
}

/** Mean, lowest and highest accuracy at every tick that a seed reached. */
function points({ curves }: ArmCard): Series['points'] {
  const longest = curves.reduce((a, b) => (b.length > a.length ? b : a), []);
  return longest.map(({ tick }, index) => {
    const there = curves.flatMap((curve) => (curve[index] === undefined ? [] : [curve[index].accuracy]));
    return {
      x: tick,
      y: there.reduce((sum, value) => sum + value, 0) / there.length,
      low: Math.min(...there),
      high: Math.max(...there),
    };
  });
}

function tiles(card: OnlineCard): string {
  const tile = (text: string, under: string, lead = false): string =>
    `<div class="tile${lead ? ' lead' : ''}"><b>${escape(text)}</b><span>${escape(under)}</span></div>`;
  const undefended = card.arms.find(({ attacked, defence }) => attacked && defence === 'none');
  const defended = card.arms.filter(({ attacked, defence }) => attacked && defence !== 'none');
  const survived = defended.filter(({ collapsed }) => collapsed === 0).length;
  return `<div class="tiles">${[
    tile(percent(card.clean.mean), 'clean model, %'),
    ...(undefended === undefined
      ? []
      : [
          tile(percent(undefended.final.mean), 'attacked, after the last tick, %', true),
          tile(collapseText(undefended), 'ticks to collapse, by seed', true),
        ]),
    ...(defended.length === 0 ? [] : [tile(`${survived} of ${defended.length}`, 'defences survived with all seeds')]),
  ].join('')}</div>`;
}

function factsOf(card: OnlineCard, { game, dataDigest, protocols, contract }: OnlineManifest): [string, string][] {
  const { stream, options, constraint } = card;
  return [
    ['digest', card.manifestDigest],
    ['data set', `${game.dataset}${game.trainLimit > 0 ? `, first ${game.trainLimit} rows` : ''}, ${game.scaling}`],
    ['data digest', dataDigest ?? ''],
    ['model', `${game.model}, trained on ${stream.pretrain} rows by ${protocols.join(', ')}`],
    [
      'attack',
      `${card.attack}: ${Object.entries(options)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`,
    ],
    ['constraint', `${constraint.kind}${constraint.radius > 0 ? ` ${constraint.radius}` : ''}`],
    ['defences', card.defences.join('; ') || 'none'],
    [
      'stream',
      Object.entries(stream)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
    ['seeds', card.seeds.join(', ')],
    ['contract', contract],
    ...Object.entries(card.backends),
  ];
}
