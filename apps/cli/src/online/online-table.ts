/** Several online games as one table in Markdown, and their curves as one page; from cards only. */
import { escape } from '../report/html';
import { styles } from '../report/styles';
import { spreadText } from '../presentation/figures';
import type { OnlineCard } from './online-card';
import { accuracyCharts } from './online-page';
import { armRows, onlineHeadline } from './online-text';

const title = 'Online feedback: a trainer that learns from what arrives';

/** The document. Equal cards give equal bytes. */
export function onlineMarkdown(profile: string, cards: readonly OnlineCard[]): string {
  const [first] = cards;
  const parts = cards.flatMap((card) => {
    const { head, rows } = armRows(card);
    return [
      `## ${card.attack}`,
      `${escaped(onlineHeadline(card))}. Clean model ${spreadText(card.clean)}; options ${optionsText(card)}. Defences: ${card.defences.map((defence) => `\`${defence}\``).join(', ') || 'none'}.`,
      [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n'),
      ...(card.flags.length === 0 ? [] : [card.flags.map((flag) => `- ${escaped(flag)}`).join('\n')]),
    ];
  });
  return [
    `# ${title}`,
    `Profile \`${profile}\`. Mean ± deviation over seeds ${first?.seeds.join(', ') ?? ''}; accuracies in percent on the test split, collapse by seed (a dash: survived). Weight: rows trained on, times the factor of their user where users are capped, among those that arrived.`,
    ...(first === undefined
      ? []
      : [
          `Collapse: ${first.definitions.collapse}. Regret: ${first.definitions.regret}.`,
          `Stream: ${Object.entries(first.stream)
            .map(([name, value]) => `${name} ${value}`)
            .join(', ')}.`,
        ]),
    ...parts,
    ...(first === undefined
      ? []
      : [
          `Engine: ${first.backends['trainer'] ?? ''}; ${first.machine['cpu'] ?? 'unknown processor'}, ${first.machine['cores'] ?? '?'} cores.`,
        ]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The page with every game's curves, undefended and defended beside each other. Equal cards give equal bytes. */
export function onlinePlotPage(profile: string, cards: readonly OnlineCard[]): string {
  const sections = cards.map(
    (card) =>
      `<section><h2>${escape(card.attack)}</h2><p class="note">${escape(onlineHeadline(card))}</p><div class="panels">${accuracyCharts(card)}</div></section>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${styles}</style></head>
<body><main><header><div class="eyebrow">Profile ${escape(profile)}</div><h1>${escape(title)}</h1></header>
${sections.join('\n')}</main></body></html>
`;
}

const optionsText = ({ options }: OnlineCard): string =>
  Object.entries(options)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');

const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
const escaped = (text: string): string => text.replace(/[|<>]/g, (character) => `\\${character}`);
