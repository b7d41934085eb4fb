/** report.html: one self-contained page, nothing fetched. */
import type { Dataset } from '@theriac/datasets';
import type { Manifest, ResultCard } from '@theriac/game';
import type { FinishedGame } from '../driver/card-assembly';
import { defenderTasks } from '../driver/table-of-work';
import { percent } from '../presentation/figures';
import { confusionChart } from './confusion-chart';
import { curvePanels } from './curves';
import { guaranteeNote, guaranteeTables } from './guarantees';
import { escape, facts, section } from './html';
import { pictureNote, poisonPictures } from './pictures';
import type { PoisonRows } from './pictures';
import { reachPanels } from './reach';
import { signalNote, signalTable } from './signals';
import { styles } from './styles';
import { defenceSection } from './removal';
import { dropBars, flagList, heading, protocolTable, tiles } from './summary';

export interface ReportContent {
  readonly card: ResultCard;
  readonly game: FinishedGame;
  readonly poison: PoisonRows | undefined;
  readonly dataset: Dataset | undefined;
}

/** The page. Equal content gives equal bytes. */
export function reportPage(content: ReportContent): string {
  const { card, game, poison, dataset } = content;
  const body = [
    heading(card),
    tiles(card),
    flagList(card),
    section('Signals', signalTable(card), signalNote()),
    defenceSection(card),
    section('Guarantees', guaranteeTables(card), guaranteeNote(card)),
    section('Protocols', dropBars(card) + protocolTable(card), protocolNote(card)),
    section(
      'Accuracy against epochs',
      curvePanels(game),
      'Mean over the seeds; the band runs from the worst seed to the best. Every drop is against the clean accuracy of the same protocol and seeds.',
    ),
    section('Reachability', reachPanels(card, game.verified)),
    poison === undefined || dataset === undefined
      ? ''
      : section('Poison beside its base', poisonPictures(poison, dataset), escape(pictureNote(poison))),
    section(
      'Confusion',
      confusionPanels(content),
      'Counts on the test split, after the last epoch of the first protocol and seed; shade is the share of the row.',
    ),
    section(
      'Manifest',
      facts(manifestFacts(game.manifest, card)),
      'Everything that determines the result. The same manifest gives the same bytes on the same engine.',
    ),
    `<footer>Machine: ${escape(
      Object.entries(card.machine)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    )}. Made by theriac from card.json of this run; accuracies in percent, drops in percentage points.</footer>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(card.id)}</title><style>${styles}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function protocolNote(card: ResultCard): string {
  const seeds = `${card.seeds.length} fresh defender${card.seeds.length === 1 ? '' : 's'} per protocol (seed${card.seeds.length === 1 ? '' : 's'} ${card.seeds.join(', ')})`;
  const reported =
    card.reported === null
      ? ''
      : ` Reported: ${card.reported.source}, clean ${percent(card.reported.clean)}${card.reported.drop === null ? '' : `, drop ${percent(card.reported.drop)}`}.`;
  return escape(
    `${seeds}; mean ± sample deviation over seeds of the mean over the last ten epochs. A large gradient norm says that the defender is not at an argmin.${reported}`,
  );
}

function confusionPanels({ game, dataset }: ReportContent): string {
  const { manifest, trainings } = game;
  const names = dataset?.classNames ?? [];
  const panels = (manifest.attack === null ? [false] : [false, true]).flatMap((poisoned) => {
    const task = defenderTasks(manifest, poisoned)[0];
    const run = task === undefined ? undefined : trainings.get(task.key);
    if (task === undefined || run?.status !== 'scored' || run.scores.confusion.length > 20) return [];
    const title = `${poisoned ? 'After poisoning' : 'Clean'}: ${task.protocol}, seed ${task.seed}, ${percent(run.scores.accuracies.at(-1))}%`;
    return [`<div class="panel"><h3>${escape(title)}</h3>${confusionChart(title, run.scores.confusion, names)}</div>`];
  });
  return panels.length === 0 ? '' : `<div class="panels">${panels.join('')}</div>`;
}

function manifestFacts(manifest: Manifest, card: ResultCard): [string, string][] {
  const { game, attack, constraint } = manifest;
  const options = Object.entries(attack?.options ?? {}).map(([name, value]) => `${name} ${value}`);
  return [
    ['digest', card.manifestDigest],
    ['data set', `${game.dataset}${game.trainLimit > 0 ? `, first ${game.trainLimit} rows` : ''}, ${game.scaling}`],
    ['data digest', manifest.dataDigest ?? 'the driver did not hold the data'],
    ['model', game.model],
    ['attack', attack === null ? 'none' : `${attack.id}${options.length === 0 ? '' : `: ${options.join(', ')}`}`],
    [
      'poison fraction',
      `${manifest.poisonFraction} (${card.poisonCount} rows${card.placement === 'replaced' ? ', in the place of clean ones' : ''})`,
    ],
    [
      'constraint',
      `${constraint.kind}${constraint.radius > 0 ? ` ${constraint.radius}` : ''}${constraint.fixedLabels ? ', labels fixed' : ''}`,
    ],
    ['defence', manifest.defence],
    ['protocols', manifest.protocols.join(', ')],
    ['seeds', `attack ${manifest.attackSeed}, defenders ${manifest.seeds.join(', ')}`],
    ['contract', manifest.contract],
    ...Object.entries(card.backends),
  ];
}
