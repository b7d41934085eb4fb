/** What `theriac scenario` does: simulates, prints, and plays a game with the rows that were captured where asked for. */
import { datasetCatalogue, loadDataset } from '@theriac/datasets';
import { canonicalJson, parseOptions } from '@theriac/game';
import type { OptionValues } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import {
  capturedArticles,
  capturedRows,
  downloadProtections,
  frontrunningOptions,
  frontrunningReport,
  hashChoice,
  measuredRates,
  measureHash,
  ratesAt,
  snapshotProtections,
  splitViewOptions,
  splitViewReport,
  splitViewRates,
} from '@theriac/web-scale';
import type { FrontrunningReport, HashMeasurement, SplitViewReport } from '@theriac/web-scale';
import { oneOf, readSettings } from '../arguments/game-settings';
import { readInteger } from '../arguments/numbers';
import { markShown } from '../driver/run-directory';
import type { Addresses } from '../embedded/table';
import { createReporter } from '../presentation/progress';
import { frontrunningText, handoffText, splitViewText } from '../presentation/scenario-text';
import type { ScenarioFlags } from '../verbs/scenario';
import { cardSummary } from '../presentation/card-text';
import { openLocalData } from './local-data';
import { playSettings } from './play-verb';
import { shortPath } from './show-card';
import { withSitting } from './sitting';

export interface ScenarioRequest extends ScenarioFlags {
  readonly addresses: Addresses;
}

/** The rows that a scenario hands to a game: m of n, as eps_d = m / n. */
export interface Handoff {
  readonly protection: string;
  readonly rows: number;
  readonly of: number;
  readonly poisonFraction: number;
  readonly indices: readonly number[];
}

/** Simulates split views, and plays. Throws INVALID_ARGUMENT naming the option. */
export async function splitViewVerb(request: ScenarioRequest, given: Record<string, unknown>): Promise<void> {
  const options = parseOptions(splitViewOptions, given, 'split-view');
  const seed = readSeed(request);
  const protection = oneOf('protection', request.protection, downloadProtections);
  const { hash, tolerance, poisoner } = hashChoice(options);
  requireGameFlags(request);
  const measured = await measurementOf(request, options);
  const row = measured === undefined ? measuredRates(hash, tolerance) : ratesAt(measured, tolerance);
  const rates = splitViewRates(options, row, poisoner);
  const report = { ...splitViewReport(options, rates, seed), ...(measured === undefined ? {} : { measured }) };
  await conclude(request, report, splitViewText(report), (rows) => ({
    protection,
    indices: capturedRows(options, rates, seed, rows, protection),
  }));
}

/** Simulates frontrunning, and plays. Throws INVALID_ARGUMENT naming the option. */
export async function frontrunningVerb(request: ScenarioRequest, given: Record<string, unknown>): Promise<void> {
  const options = parseOptions(frontrunningOptions, given, 'frontrunning');
  const seed = readSeed(request);
  const protection = oneOf('protection', request.protection, snapshotProtections);
  requireGameFlags(request);
  const report = frontrunningReport(options, seed);
  await conclude(request, report, frontrunningText(report), (rows) => ({
    protection,
    indices: capturedArticles(options, seed, rows, protection),
  }));
}

async function conclude(
  request: ScenarioRequest,
  report: SplitViewReport | FrontrunningReport,
  text: string,
  capture: (rows: number) => { protection: string; indices: Int32Array },
): Promise<void> {
  if (request.play !== true) {
    process.stdout.write(request.json === true ? canonicalJson(report) : text);
    return;
  }
  if (request.json !== true) process.stdout.write(text);
  const { handoff, card, path } = await play(request, report, capture);
  process.stdout.write(
    request.json === true
      ? canonicalJson({ report, handoff, card })
      : `\n${handoffText(handoff)}\n${cardSummary(card, shortPath(path))}`,
  );
  markShown(path);
}

async function play(
  request: ScenarioRequest,
  report: SplitViewReport | FrontrunningReport,
  capture: (rows: number) => { protection: string; indices: Int32Array },
) {
  const flags = { ...request, dataset: request.dataset ?? '', model: request.model ?? '' };
  const ids = datasetCatalogue().map(({ id }) => id);
  const { game } = readSettings({ ...flags, poisonFraction: '0' }, ids);
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  const data = await openLocalData(game.dataset, game.trainLimit, request.addresses, reporter);
  const rows = data?.train.count ?? game.trainLimit;
  if (rows === 0)
    throw invalid('--train-limit', 0, 'the number of training rows', 'The data lie with services elsewhere.');
  const { protection, indices } = capture(rows);
  const poisonFraction = indices.length / rows;
  const handoff: Handoff = { protection, rows: indices.length, of: rows, poisonFraction, indices: [...indices] };
  const settings = readSettings({ ...flags, poisonFraction: String(poisonFraction) }, ids);
  const beside = { 'scenario.json': canonicalJson({ report, handoff }) };
  const { card, path } = await withSitting(request, (sitting) =>
    playSettings(sitting, settings, data, reporter, request, beside),
  );
  return { handoff, card, path };
}

async function measurementOf(request: ScenarioRequest, options: OptionValues): Promise<HashMeasurement | undefined> {
  const { measureHash: dataset, hashImages } = request;
  if (dataset === undefined) {
    if (hashImages !== undefined) throw invalid('--hash-images', hashImages, 'nothing without --measure-hash');
    return undefined;
  }
  const count = readInteger('hash-images', hashImages ?? '300', 2, 100_000);
  const ids = datasetCatalogue().filter(({ shape }) => shape.length === 3);
  const id = oneOf(
    'measure-hash',
    dataset,
    ids.map((one) => one.id),
  );
  const { train, shape } = await loadDataset(id, { trainLimit: count });
  const [height = 0, width = 0, channels = 0] = shape;
  const { stored } = train;
  if (!(stored instanceof Uint8Array) || (channels !== 1 && channels !== 3))
    throw invalid('--measure-hash', dataset, 'a data set of images of bytes');
  const pictures = Array.from({ length: Math.min(count, train.count) }, (_, row) => ({
    height,
    width,
    channels: channels === 1 ? (1 as const) : (3 as const),
    pixels: stored.subarray(row * train.features, (row + 1) * train.features),
  }));
  return measureHash(hashChoice(options).hash, pictures, train.labels);
}

const readSeed = ({ seed }: ScenarioRequest): number => readInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER - 100);

/** What a game needs is there with --play; without it nothing of a game is. */
function requireGameFlags({ play, dataset, model, attack }: ScenarioRequest): void {
  for (const [name, found] of Object.entries({ dataset, model, attack })) {
    if (play === true && found === undefined) throw invalid(`--${name}`, undefined, 'an id: --play needs it');
    if (play !== true && found !== undefined) throw invalid(`--${name}`, found, 'nothing without --play');
  }
}
