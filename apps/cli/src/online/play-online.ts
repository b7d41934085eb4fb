/**
 * The driver of online games: a clean model per seed, then its trainers one after the other, each from its own record on, so
 * that playing again after any kill goes on where it stopped and ends in the same bytes.
 */
import type { Dataset } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';
import type { Game } from '../driver/game';
import { lastLayerOf, reversed } from '../driver/last-layer';
import { playOutlasting } from '../driver/persistence';
import { keepCard, resumeHint, withTaken } from '../driver/play';
import type { PlayOptions } from '../driver/play';
import { takeRun } from '../driver/take-run';
import type { TrainingTask } from '../driver/table-of-work';
import { playTraining } from '../driver/training-step';
import { assembleOnlineCard, onlineCardText } from './online-card';
import type { OnlineCard } from './online-card';
import { armsOf } from './online-game';
import type { OnlineGame, Start, TrajectoryRecord } from './online-game';
import type { OnlineManifest } from './online-settings';
import { onlinePage } from './online-page';
import { playTrajectory } from './trajectory';

export interface OnlinePlayOptions extends Omit<PlayOptions, 'manifest' | 'finish'> {
  readonly manifest: OnlineManifest;
  readonly dataset: Dataset;
}

/** Plays the game to its end and gives the card. On failure the run stays resumable. */
export async function playOnline(options: OnlinePlayOptions): Promise<OnlineCard> {
  const taken = takeRun(options.path, options.manifest, options.reporter.note);
  return withTaken(taken, options, resumeHint(taken.run), () => playArms({ ...options, ...taken }));
}

async function playArms(game: OnlineGame): Promise<OnlineCard> {
  const { manifest, run, reporter } = game;
  const played = armsOf(manifest);
  const records = new Map<string, TrajectoryRecord[]>(played.map(({ name }) => [name, []]));
  const steps = manifest.seeds.length * (played.length + 1);
  let step = 0;
  for (const seed of manifest.seeds) {
    reporter.begin(`train the clean model, seed ${seed}`, ++step, steps);
    const start = await startOf(game, seed);
    for (const arm of played) {
      reporter.begin(`play ${manifest.online.ticks} ticks: ${arm.name}, seed ${seed}`, ++step, steps);
      records.get(arm.name)?.push(await playTrajectory(game, arm, seed, start));
    }
  }
  const card = assembleOnlineCard(manifest, played, records, game.events.seconds());
  run.writeFile('report.html', onlinePage(card, manifest));
  keepCard(game, onlineCardText(card));
  return card;
}

/** The clean model of a seed, trained on the first rows alone, and its reversal. Throws ABORTED where it diverges. */
async function startOf(game: OnlineGame, seed: number): Promise<Start> {
  const { manifest, run } = game;
  const { online, protocols } = manifest;
  const own = { ...manifest.game, trainLimit: online.pretrain, validationCount: 0 };
  const training: Game = { ...game, manifest: { ...manifest, game: own } };
  const task: TrainingTask = {
    kind: 'training',
    key: `start-${seed}`,
    label: `the clean model, seed ${seed}`,
    protocol: protocols[0] ?? '',
    seed,
    poisoned: false,
    defended: false,
    keepEpochs: 1,
  };
  const trained = await playOutlasting(training, task, () => playTraining(training, task));
  if (trained.status !== 'scored')
    throw new TheriacError(`the clean model diverged: ${trained.reason}`, {
      code: 'ABORTED',
      remedy: 'Choose another seed or protocol.',
    });
  const layer = lastLayerOf(run.readFile(trained.parameters), trained.layout);
  return {
    w: layer.parameters,
    wReversed: reversed(layer).parameters,
    accuracy: trained.scores.accuracies.at(-1) ?? 0,
    loss: trained.scores.losses.at(-1) ?? 0,
  };
}
