/** What `npm start` does: three games over one set of services, one table, the reports, what to try next. */
import { loadDataset } from '@theriac/datasets';
import { readSettings } from '../arguments/game-settings';
import type { DemoFlags } from '../verbs/demo';
import { duration } from '../presentation/figures';
import { createReporter } from '../presentation/progress';
import { wrapped } from '../presentation/table';
import type { Reporter } from '../driver/reporter';
import { markShown } from '../driver/run-directory';
import { demoGames, demoTable } from './demo-games';
import type { DemoGame, DemoRow } from './demo-games';
import { playSettings } from './play-verb';
import { shortPath } from './show-card';
import { withSitting } from './sitting';

/** Plays the demo games and prints their table. */
export async function demoVerb(flags: DemoFlags): Promise<void> {
  const started = performance.now();
  const reporter = createReporter({ quiet: flags.quiet === true, json: false });
  // Said once, here; the cards name the data set that was played.
  const { notice, ...dataset } = await openDemoData(reporter);
  if (notice !== undefined) process.stdout.write(`\nNOTICE: ${wrapped(notice, 100)}\n\n`);
  process.stdout.write(`Theriac: data poisoning of softmax regression on ${dataset.id}, 3% poison.\n`);
  const rows: DemoRow[] = [];
  const paths: string[] = [];
  await withSitting({ addresses: {} }, async (sitting) => {
    for (const game of demoGames) {
      reporter.note(`\n${game.title}`);
      const settings = readSettings(playFlags(dataset.id, game, flags), [dataset.id]);
      const how = { runsDir: flags.runsDir, reuse: false, ...(flags.fresh === true ? { fresh: true } : {}) };
      const { card, path } = await playSettings(sitting, settings, dataset, reporter, how);
      rows.push({ game, card });
      paths.push(path);
    }
  });
  const seeds = rows[0]?.card.seeds.length ?? 0;
  const defenders = seeds === 1 ? 'one freshly trained defender' : `${seeds} freshly trained defenders`;
  process.stdout.write(
    [
      '',
      demoTable(rows),
      '',
      `Each figure: the mean over ${defenders} (± over their seeds) of the mean over the last ten epochs.`,
      ...rows.flatMap(({ game, card }) => card.flags.map((flag) => `! ${game.title}: ${flag}`)),
      '',
      'Reports, with curves and pictures:',
      ...paths.map((path) => `  ${shortPath(path)}/report.html`),
      `Played in ${duration((performance.now() - started) / 1000)}.`,
      '',
      ...nextSteps(dataset.id),
      '',
    ].join('\n'),
  );
  paths.forEach(markShown);
}

async function openDemoData(reporter: Reporter) {
  let file = '';
  try {
    return await loadDataset('mnist', {
      syntheticFallback: true,
      onProgress: (progress) => {
        if (progress.file !== file) reporter.begin(`download ${progress.file}`, 1, 1);
        file = progress.file;
        reporter.progress(progress.bytes / progress.total, {});
      },
    });
  } finally {
    reporter.end();
  }
}

function playFlags(dataset: string, game: DemoGame, flags: DemoFlags) {
  return {
    dataset,
    model: 'lr',
    attack: game.attack,
    ...(game.target === undefined ? {} : { target: game.target }),
    poisonFraction: '0.03',
    constraint: 'none',
    option: [],
    protocol: ['p-gc'],
    seeds: flags.seeds,
    seed: '0',
    trainLimit: '0',
    scaling: 'standardised',
  };
}

function nextSteps(dataset: string): string[] {
  const play = `npx theriac play --dataset ${dataset} --model lr --attack gradient-canceling --target reversed`;
  return [
    'Try next:',
    `  ${play} --poison-fraction 0.03   # under three protocols`,
    `  ${play} --constraint box         # pixels stay in [0, 1]`,
    `  npx theriac corrupt --dataset ${dataset} --model lr --epsilon-w 0.5`,
    '  npx theriac attacks     npx theriac datasets     npx theriac doctor',
  ];
}
