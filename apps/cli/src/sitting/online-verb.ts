/** What `theriac online` does, from the flags to the card; and `theriac resume` of such a run. */
import { basename, join } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import type { Dataset } from '@theriac/datasets';
import { requireSameManifest } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { manifestOf } from '../arguments/from-describe';
import type { Descriptions } from '../arguments/from-describe';
import { noCleanStore } from '../driver/clean-store';
import type { Reporter } from '../driver/reporter';
import { markShown, placeRun, readFinished } from '../driver/run-directory';
import type { Addresses } from '../embedded/table';
import { constraintOf, requireDerivatives } from '../online/attacker-side';
import type { OnlineCard } from '../online/online-card';
import { onlineCardText } from '../online/online-card';
import { findOnlineAttack, readOnlineSettings } from '../online/online-settings';
import type { OnlineFlags, OnlineManifest, OnlineRequestSettings } from '../online/online-settings';
import { onlineSummary } from '../online/online-text';
import { partitionOf } from '../online/partition';
import { playOnline } from '../online/play-online';
import { createReporter } from '../presentation/progress';
import { openLocalData } from './local-data';
import { defaultSliceSeconds, sharedTrainings } from './play-verb';
import { shortPath } from './show-card';
import { withGameSpan, withSitting } from './sitting';
import type { Sitting } from './sitting';

interface How {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly runsDir: string;
  readonly reuse?: boolean;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export type OnlineRequest = OnlineFlags & How;

/** Plays one online game and prints its card. */
export async function onlineVerb(request: OnlineRequest): Promise<void> {
  const settings = readOnlineSettings(
    request,
    datasetCatalogue().map(({ id }) => id),
  );
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  const { dataset: id, trainLimit } = settings.game.game;
  const dataset = requireHere(await openLocalData(id, trainLimit, request.addresses, reporter), id);
  partitionOf(dataset.train.count, settings.validation, settings.online, settings.share);
  const { card, path } = await withSitting(request, (sitting) =>
    playOnlineSettings(sitting, settings, dataset, reporter, request),
  );
  showOnlineCard(card, path, request.json === true);
}

/** Plays an online game of these settings within a sitting. */
export async function playOnlineSettings(
  sitting: Sitting,
  settings: OnlineRequestSettings,
  dataset: Dataset,
  reporter: Reporter,
  how: Pick<How, 'runsDir' | 'reuse' | 'fresh'>,
): Promise<{ card: OnlineCard; path: string }> {
  return withGameSpan(settings.game, async (span) => {
    const manifest = onlineManifestOf(settings, await sitting.describe(), dataset.digest);
    const path = placeRun(how.runsDir, manifest, how);
    span.setAttribute('theriac.run.id', basename(path));
    const card = readOnlineCard(path) ?? (await playIn(sitting, manifest, path, dataset, reporter, how));
    if (how.reuse === true) markShown(path);
    return { card, path };
  });
}

/** Goes on with a run and prints its card. Throws INVALID_ARGUMENT where an engine or the data are other ones now. */
export async function resumeOnline(path: string, manifest: OnlineManifest, request: How): Promise<void> {
  const json = request.json === true;
  const finished = readOnlineCard(path);
  if (finished !== undefined) return showOnlineCard(finished, path, json);
  const reporter = createReporter({ quiet: request.quiet === true, json });
  const { dataset: id, trainLimit } = manifest.game;
  const dataset = requireHere(await openLocalData(id, trainLimit, request.addresses, reporter), id);
  const settings = settingsOf(manifest);
  const card = await withSitting(request, (sitting) =>
    withGameSpan(settings.game, async (span) => {
      span.setAttribute('theriac.run.id', basename(path));
      const now = onlineManifestOf(settings, await sitting.describe(), dataset.digest);
      requireSameManifest(manifest, now);
      return playIn(sitting, manifest, path, dataset, reporter, request);
    }),
  );
  showOnlineCard(card, path, json);
}

async function playIn(
  sitting: Sitting,
  manifest: OnlineManifest,
  path: string,
  dataset: Dataset,
  reporter: Reporter,
  { runsDir, fresh }: Pick<How, 'runsDir' | 'fresh'>,
): Promise<OnlineCard> {
  constraintOf(manifest, dataset);
  sitting.logTo(join(path, 'logs'));
  return playOnline({
    path,
    manifest,
    dataset,
    players: sitting.players,
    reporter,
    store: fresh === true ? noCleanStore : sharedTrainings(sitting, runsDir),
    signal: sitting.signal,
    sliceSeconds: defaultSliceSeconds,
  });
}

/** The manifest of an online game between these players. Throws INVALID_ARGUMENT for what they do not offer. */
export function onlineManifestOf(
  { game, validation, attack, share, online }: OnlineRequestSettings,
  found: Descriptions,
  dataDigest: string | null,
): OnlineManifest {
  const plain = manifestOf({ ...game, poisonFraction: 0 }, found, dataDigest);
  if (share > 0) requireDerivatives(findOnlineAttack(attack.id), found.trainer.oracles);
  return {
    ...plain,
    game: { ...plain.game, validationCount: validation },
    attack,
    poisonFraction: share,
    protocols: [plain.attackerProtocol],
    keepEpochs: 1,
    online,
  };
}

/** The settings that lead to a manifest. */
function settingsOf(manifest: OnlineManifest): OnlineRequestSettings {
  const { game, attack, poisonFraction: share, constraint, protocols, attackSeed, seeds, online } = manifest;
  return {
    game: {
      game: { ...game, validationCount: 0 },
      attack: null,
      poisonFraction: 0,
      constraint,
      defence: 'none',
      protocols,
      attackerProtocol: protocols[0],
      attackSeed,
      seeds,
    },
    validation: game.validationCount,
    attack: { id: attack?.id ?? '', options: attack?.options ?? {} },
    share,
    online,
  };
}

/** The data set, which has to be here. Throws NOT_FOUND. */
export function requireHere(dataset: Dataset | undefined, id: string): Dataset {
  if (dataset !== undefined) return dataset;
  throw new TheriacError(`the data set ${id} is not here, and an online game deals its rows from it`, {
    code: 'NOT_FOUND',
    field: '--dataset',
    found: id,
    remedy: 'Set THERIAC_DATA to its folder.',
  });
}

/** The card of a run, or undefined where it is not finished, or its card is damaged. */
export function readOnlineCard(path: string): OnlineCard | undefined {
  return readFinished(path) as OnlineCard | undefined;
}

function showOnlineCard(card: OnlineCard, path: string, json: boolean): void {
  process.stdout.write(json ? onlineCardText(card) : `\n${onlineSummary(card, shortPath(path))}`);
  markShown(path);
}
