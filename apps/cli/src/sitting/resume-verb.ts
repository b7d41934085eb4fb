/** What `theriac resume` does: the same manifest, the same engines, from the last record on. */
import { basename, dirname } from 'node:path';
import { requireSameManifest } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { manifestOf } from '../arguments/from-describe';
import type { GameSettings } from '../arguments/game-settings';
import { readManifest } from '../driver/run-directory';
import type { Addresses } from '../embedded/table';
import { createReporter } from '../presentation/progress';
import { isOnline } from '../online/online-settings';
import { openLocalData } from './local-data';
import { resumeOnline } from './online-verb';
import { playManifest } from './play-verb';
import { readCard, showCard } from './show-card';
import { withGameSpan, withSitting } from './sitting';

export interface ResumeRequest {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly runsDir: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Goes on with a run and prints its card. Throws INVALID_ARGUMENT where an engine or the data are other ones now. */
export async function resumeVerb(name: string, request: ResumeRequest): Promise<void> {
  const { path, manifest } = readManifest(request.runsDir, name);
  if (isOnline(manifest)) return resumeOnline(path, manifest, request);
  const json = request.json === true;
  const finished = readCard(path);
  if (finished !== undefined) return showCard(finished, path, json);
  const reporter = createReporter({ quiet: request.quiet === true, json });
  const data = await openLocalData(manifest.game.dataset, manifest.game.trainLimit, request.addresses, reporter);
  const settings = settingsOf(manifest);
  const { card } = await withSitting(request, (sitting) =>
    withGameSpan(settings, async (span) => {
      span.setAttribute('theriac.run.id', basename(path));
      const now = manifestOf(settings, await sitting.describe(), data?.digest ?? null);
      requireSameManifest(manifest, now);
      return playManifest(sitting, manifest, path, data, reporter, { runsDir: dirname(path) });
    }),
  );
  showCard(card, path, json);
}

/** The settings that lead to a manifest. */
function settingsOf(manifest: Manifest): GameSettings {
  const { game, attack, poisonFraction, constraint, defence, protocols, attackerProtocol, attackSeed, seeds } =
    manifest;
  const given = Object.entries(attack?.options ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    game,
    attack:
      attack === null
        ? null
        : {
            id: attack.id,
            given: Object.fromEntries(given),
            ...(attack.follower === undefined ? {} : { follower: attack.follower }),
          },
    poisonFraction,
    constraint,
    defence,
    protocols,
    attackerProtocol,
    attackSeed,
    seeds,
  };
}
