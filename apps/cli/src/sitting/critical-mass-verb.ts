/** What `theriac critical-mass` does and prints. */
import { datasetCatalogue } from '@theriac/datasets';
import { canonicalJson } from '@theriac/game';
import { readSettings } from '../arguments/game-settings';
import { readInteger, readNumber } from '../arguments/numbers';
import type { Addresses } from '../embedded/table';
import { duration, figure, percent, spreadText } from '../presentation/figures';
import { createReporter } from '../presentation/progress';
import { textTable } from '../presentation/table';
import type { CriticalMassFlags } from '../verbs/critical-mass';
import { cleanRows, criticalMassOf } from './critical-mass';
import type { CriticalMassDocument } from './critical-mass';
import { openLocalData } from './local-data';
import { playSettings } from './play-verb';
import { withSitting } from './sitting';

export interface CriticalMassRequest extends CriticalMassFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Searches, and prints what was found. Finished games of the same sizes are taken as they are. */
export async function criticalMassVerb(request: CriticalMassRequest): Promise<void> {
  const json = request.json === true;
  const level = readNumber('success', request.success, { above: 0, maximum: 100 });
  const settings = readSettings(
    // The fraction is what is searched for; any that plays an attack does here.
    { ...request, attack: 'collective-action', poisonFraction: '1', constraint: request.constraint },
    datasetCatalogue().map(({ id }) => id),
  );
  const reporter = createReporter({ quiet: request.quiet === true, json });
  const data = await openLocalData(settings.game.dataset, settings.game.trainLimit, request.addresses, reporter);
  const rows = cleanRows(settings, data);
  const search = {
    level,
    from: readInteger('from', request.from, 1, rows),
    most: readInteger('most', request.most ?? String(rows), 1, rows),
    resolution: readInteger('resolution', request.resolution, 1, rows),
  };
  const found = await withSitting(request, (sitting) =>
    criticalMassOf(settings, rows, search, async (sized) => {
      const { card } = await playSettings(sitting, sized, data, reporter, { runsDir: request.runsDir, reuse: true });
      return card;
    }),
  );
  process.stdout.write(json ? canonicalJson(found) : criticalMassText(found));
}

/** The document in words. */
export function criticalMassText(found: CriticalMassDocument): string {
  const { model, dataset, protocol, level, rows, members, below, alpha, bound, tried, seeds, seconds } = found;
  const columns = [
    { title: 'members', align: 'right' as const },
    { title: 'alpha %', align: 'right' as const },
    { title: 'success %', align: 'right' as const },
    { title: 'accuracy %', align: 'right' as const },
  ];
  const sizes = [...tried].sort((a, b) => a.members - b.members);
  const lines = sizes.map((size) => [
    String(size.members),
    figure(100 * size.alpha),
    spreadText(size.success),
    percent(size.accuracy),
  ]);
  const measured =
    alpha === null
      ? `Critical mass: none found; ${below} of ${rows} members do not suffice.`
      : `Critical mass: ${figure(100 * alpha)}%, ${members} of ${rows} members suffice and ${below} do not.`;
  const theory =
    bound === null
      ? 'Theory: it promises this success to no share of members.'
      : `Theory: it promises this success from ${figure(100 * bound)}% on, ${figure(bound * rows)} members (our reading, from estimates).`;
  return [
    `${model} on ${dataset}, collective-action, ${protocol}: success of ${percent(level)}%`,
    '',
    textTable(columns, lines),
    `Mean ± deviation over ${seeds.length} seed${seeds.length === 1 ? '' : 's'}.`,
    measured,
    theory,
    `Searched in ${duration(seconds)}.`,
    '',
  ].join('\n');
}
