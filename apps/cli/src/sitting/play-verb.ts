/** What `theriac play` does, from the flags to the card. */
import { basename, join, resolve } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import type { Dataset } from '@theriac/datasets';
import type { Manifest, ResultCard } from '@theriac/game';
import { manifestOf } from '../arguments/from-describe';
import { readSettings } from '../arguments/game-settings';
import type { GameSettings, PlayFlags } from '../arguments/game-settings';
import { writeFileAtomic } from '../driver/atomic-file';
import { buildDigest } from '../driver/build-digest';
import { noCleanStore, openCleanStore } from '../driver/clean-store';
import type { CleanStore } from '../driver/clean-store';
import { playGame } from '../driver/play';
import type { Reporter } from '../driver/reporter';
import { markShown, placeRun } from '../driver/run-directory';
import { scratchPath } from '../driver/scratch-game';
import type { Addresses } from '../embedded/table';
import { createReporter } from '../presentation/progress';
import { finishRun } from '../report/finish';
import { openLocalData } from './local-data';
import { showCard, readCard } from './show-card';
import { withGameSpan, withSitting } from './sitting';
import type { Sitting } from './sitting';

export interface PlayRequest extends PlayFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly runsDir: string;
  readonly reuse?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const longestSlice = 10;
/** Seconds of work that a crash can cost; shorter where THERIAC_SLICE_SECONDS says so, as to the services. */
export const defaultSliceSeconds = Math.min(longestSlice, Number(process.env['THERIAC_SLICE_SECONDS']) || longestSlice);

/** Plays one game and prints its card. */
export async function playVerb(request: PlayRequest): Promise<void> {
  const settings = readSettings(
    request,
    datasetCatalogue().map(({ id }) => id),
  );
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  const { game } = settings;
  const data = await openLocalData(game.dataset, game.trainLimit, request.addresses, reporter);
  const { card, path } = await withSitting(request, (sitting) =>
    playSettings(sitting, settings, data, reporter, request),
  );
  showCard(card, path, request.json === true);
}

/** Plays a game of these settings within a sitting; `beside` are files that lie with the run from its beginning. */
export async function playSettings(
  sitting: Sitting,
  settings: GameSettings,
  data: Dataset | undefined,
  reporter: Reporter,
  how: { readonly runsDir: string; readonly reuse?: boolean; readonly fresh?: boolean },
  beside: Readonly<Record<string, string>> = {},
): Promise<{ card: ResultCard; path: string }> {
  return withGameSpan(settings, async (span) => {
    const manifest = manifestOf(settings, await sitting.describe(), data?.digest ?? null);
    const path = placeRun(how.runsDir, manifest, how);
    for (const [name, content] of Object.entries(beside)) writeFileAtomic(join(path, name), content);
    span.setAttribute('theriac.run.id', basename(path));
    const card = readCard(path) ?? (await playManifest(sitting, manifest, path, data, reporter, how)).card;
    // Whoever takes finished games as they are, has seen this one.
    if (how.reuse === true) markShown(path);
    return { card, path };
  });
}

/** Clean trainings are shared between games only where the code that made them is the code here. */
export function sharedTrainings({ embedded }: Sitting, runsDir: string): CleanStore {
  return embedded ? openCleanStore(resolve(runsDir), buildDigest()) : noCleanStore;
}

/** Where work on a question that is no game is kept until it is done. */
export function scratchOf({ embedded }: Sitting, runsDir: string, manifest: Manifest, question: object): string {
  return scratchPath(resolve(runsDir), manifest, question, embedded ? buildDigest() : '');
}

/** Plays, or goes on with, the game of a manifest at `path`. */
export async function playManifest(
  sitting: Sitting,
  manifest: Manifest,
  path: string,
  data: Dataset | undefined,
  reporter: Reporter,
  how: { readonly runsDir: string; readonly fresh?: boolean },
): Promise<{ card: ResultCard; path: string }> {
  sitting.logTo(join(path, 'logs'));
  const { card } = await playGame({
    path,
    manifest,
    players: sitting.players,
    reporter,
    store: how.fresh === true ? noCleanStore : sharedTrainings(sitting, how.runsDir),
    signal: sitting.signal,
    sliceSeconds: defaultSliceSeconds,
    finish: finishRun(data),
  });
  return { card, path };
}
