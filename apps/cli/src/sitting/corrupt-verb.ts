/** What `theriac corrupt` does and prints. */
import { resolve } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import { canonicalJson, publishedCorruption, rounded, spread } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { manifestOf } from '../arguments/from-describe';
import type { GameSettings } from '../arguments/game-settings';
import { readInteger, readNumber } from '../arguments/numbers';
import { readPlainSettings } from '../arguments/plain-settings';
import { writeFileAtomic } from '../driver/atomic-file';
import { corruptModel } from '../driver/corruption';
import type { Corruption } from '../driver/corruption';
import type { Reporter } from '../driver/reporter';
import { withScratchGame } from '../driver/scratch-game';
import type { Scratched } from '../driver/scratch-game';
import type { Addresses } from '../embedded/table';
import { duration, figure, percent, spreadText } from '../presentation/figures';
import { createReporter } from '../presentation/progress';
import { textTable } from '../presentation/table';
import type { CorruptFlags } from '../verbs/corrupt';
import { openLocalData } from './local-data';
import { defaultSliceSeconds, scratchOf, sharedTrainings } from './play-verb';
import { withGameSpan, withSitting } from './sitting';
import type { Sitting } from './sitting';

export interface CorruptRequest extends CorruptFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Corrupts a model and prints clean and corrupted accuracy, the distance, tau and the lecture's figure. */
export async function corruptVerb(request: CorruptRequest): Promise<void> {
  const epsilonW = readNumber('epsilon-w', request.epsilonW, { above: 0 });
  const settings = readPlainSettings(
    request,
    datasetCatalogue().map(({ id }) => id),
  );
  const orders = readInteger('orders', request.orders, 1, 100);
  const { manifest, result: corruption, forget } = await corruptWith(settings, epsilonW, request, orders);
  if (request.output !== undefined) writeFileAtomic(resolve(request.output), corruption.parameters);
  const document = describeCorruption(manifest, epsilonW, corruption);
  process.stdout.write(request.json === true ? canonicalJson(document) : corruptionText(document));
  forget();
}

/** The corruption of the clean model that these settings train. */
export async function corruptWith(
  settings: GameSettings,
  epsilonW: number,
  request: Pick<CorruptRequest, 'addresses' | 'allowPlaintext' | 'tls' | 'quiet' | 'json' | 'runsDir'>,
  orders = 1,
): Promise<Scratched<Corruption> & { readonly manifest: Manifest }> {
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  const { game } = settings;
  const data = await openLocalData(game.dataset, game.trainLimit, request.addresses, reporter);
  return withSitting(request, async (sitting) => {
    const manifest = manifestOf(settings, await sitting.describe(), data?.digest ?? null);
    const scratched = await corruptIn(sitting, settings, manifest, epsilonW, orders, reporter, request.runsDir);
    return { manifest, ...scratched };
  });
}

/** The corruption of the clean model of a manifest, within a sitting. */
export function corruptIn(
  sitting: Sitting,
  settings: GameSettings,
  manifest: Manifest,
  epsilonW: number,
  orders: number,
  reporter: Reporter,
  runsDir: string,
): Promise<Scratched<Corruption>> {
  const { players, signal } = sitting;
  const store = sharedTrainings(sitting, runsDir);
  const path = scratchOf(sitting, runsDir, manifest, { kind: 'corruption', epsilonW, orders });
  const options = { path, manifest, players, reporter, store, signal, sliceSeconds: defaultSliceSeconds };
  return withGameSpan(settings, () => withScratchGame(options, (scratch) => corruptModel(scratch, epsilonW, orders)));
}

export type CorruptionDocument = ReturnType<typeof describeCorruption>;

/** What `--json` prints. Accuracies in percent. */
export function describeCorruption(manifest: Manifest, epsilonW: number, corruption: Corruption) {
  const { game, attackSeed, attackerProtocol, backends } = manifest;
  const clean = corruption.clean.scores.accuracies.at(-1) ?? 0;
  const corrupted = corruption.corrupted.accuracies.at(-1) ?? 0;
  const comparable = game.trainLimit === 0 && game.scaling === 'standardised';
  const reported = comparable ? publishedCorruption(game.dataset, game.model, epsilonW) : undefined;
  return {
    dataset: game.dataset,
    model: game.model,
    scaling: game.scaling,
    protocol: attackerProtocol,
    seed: attackSeed,
    epsilonW,
    distance: corruption.distance,
    clean: rounded(clean),
    corrupted: rounded(corrupted),
    drop: rounded(clean - corrupted),
    orders: {
      seeds: corruption.accuracies.map((_, order) => attackSeed + order),
      corrupted: spread(corruption.accuracies),
    },
    tau: corruption.threshold.tau,
    threshold: corruption.threshold,
    reported: reported ?? null,
    seconds: rounded(corruption.seconds),
    backend: backends.attacker.name,
  };
}

function corruptionText(document: ReturnType<typeof describeCorruption>): string {
  const { reported, distance, epsilonW, tau, threshold } = document;
  const right = { align: 'right' as const };
  const table = textTable(
    [{ title: '' }, { title: 'measured %', ...right }, { title: 'lecture %', ...right }],
    [
      ['clean', percent(document.clean), percent(reported?.clean)],
      [`corrupted, eps_w ${epsilonW}`, percent(document.corrupted), percent(reported?.accuracy)],
      ['drop', percent(document.drop), percent(reported?.drop)],
    ],
  );
  const { seeds, corrupted } = document.orders;
  return [
    `GradPC on ${document.model}, ${document.dataset} (${document.scaling}), seed ${document.seed}`,
    '',
    table,
    '',
    `Corrupted, over ${seeds.length} ${seeds.length === 1 ? 'order' : 'orders'} of the minibatches (seeds ${seeds.join(', ')}): ${spreadText(corrupted)}`,
    `Distance ||w - w_c|| = ${distance.toFixed(7)}`,
    `tau = ${figure(tau)}  ((CE ${figure(threshold.crossEntropy)} - H ${figure(threshold.entropy)}) / ${figure(threshold.constant)})`,
    ...(reported?.printed === undefined
      ? []
      : [`The lecture prints a drop of ${reported.printed}; its own accuracies give ${percent(reported.drop)}.`]),
    reported === null ? 'No figure is published for this model and radius.' : `Lecture: ${reported.source}`,
    `Corrupted in ${duration(document.seconds)}, backend ${document.backend}`,
    '',
  ].join('\n');
}
