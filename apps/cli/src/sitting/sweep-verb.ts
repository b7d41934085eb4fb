/** What `theriac sweep` does: reads the plan, plays what is missing, says what all of it came to. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import { invalid, TheriacError } from '@theriac/tensors';
import { readInteger } from '../arguments/numbers';
import { writeFileAtomic } from '../driver/atomic-file';
import { makeFolder } from '../driver/disk-error';
import type { Reporter } from '../driver/reporter';
import type { Addresses } from '../embedded/table';
import { duration } from '../presentation/figures';
import { createReporter } from '../presentation/progress';
import { writeOut } from '../presentation/standard-output';
import { playLocally } from '../sweeps/local-engine';
import { missingGames } from '../sweeps/missing-games';
import { parsePlan } from '../sweeps/plan-file';
import type { SweepPlan } from '../sweeps/plan-file';
import { playSwept } from '../sweeps/play-swept';
import { resultsOf, sweepTable } from '../sweeps/results';
import { sweepCsv, sweepJson } from '../sweeps/sweep-document';
import { isSwept, readSwept } from '../sweeps/sweep-store';
import { tellOfSweep } from '../sweeps/told-sweep';
import { givenOf } from '../verbs/cluster-options';
import type { SweepFlags } from '../verbs/sweep';
import { dataShelf } from './data-shelf';
import { shortPath, showCard } from './show-card';
import { cancelOnSignals, withSitting } from './sitting';
import { cancelSweep, sweepInCluster, sweepManifest } from './sweep-in-cluster';
import { playJobIndex } from './sweep-index';

export interface SweepRequest extends SweepFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Games of more than this many are written to the CSV only. */
const mostRowsShown = 200;
const mebibyte = 1 << 20;
const mostMebibytes = 1 << 30;

/** Plays a plan, one game of it, or nothing. Throws ABORTED at the end where games failed. */
export async function sweepVerb(file: string, request: SweepRequest): Promise<void> {
  const { plan, content } = readPlan(file);
  const { runsDir, index } = request;
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  refuseOptionsOf(request);
  if (request.games !== undefined) return playJobIndex(plan, { ...request, games: request.games });
  if (request.dryRun === true) return writeOut(listedGames(plan, runsDir, request.json === true));
  if (index !== undefined) return playIndex(plan, readInteger('index', index, 0, plan.count - 1), request, reporter);
  if (Object.keys(request.addresses).length > 0)
    throw invalid('--trainer, --attacker, --evaluator', 'addresses', 'none', 'Workers start services of their own.');
  if (request.manifest === true) return void process.stdout.write(sweepManifest({ plan, content }, request));
  if (request.cancel === true) {
    const count = await cancelSweep(plan, request);
    return void process.stderr.write(`${count === 1 ? '1 Job' : `${count} Jobs`} deleted\n`);
  }
  const failed =
    request.engine === 'kubernetes'
      ? await sweepInCluster({ plan, content }, request)
      : await playMissing({ file, content }, plan, request, reporter);
  await show(file, plan, request);
  if (failed.length > 0)
    throw new TheriacError(`${failed.length} of ${plan.count} games failed`, {
      code: 'ABORTED',
      field: 'games',
      found: failed.slice(0, 10).join(', '),
      remedy: 'The lines above say why; the same command goes on with what is missing.',
    });
}

/** An option that the engine does not know would be ignored. */
function refuseOptionsOf(request: SweepRequest): void {
  const { engine, cores, memory, games } = request;
  const others =
    engine === 'kubernetes'
      ? [...(cores === undefined ? [] : ['--cores']), ...(memory === undefined ? [] : ['--memory'])]
      : givenOf(request).filter((name) => !(name === '--run-store' && games !== undefined));
  const [other] = others;
  if (other !== undefined)
    throw invalid(
      '--engine',
      engine,
      `no ${engine} sweep with ${other}`,
      `Leave ${other} out, or name the other engine.`,
    );
}

function readPlan(file: string): { plan: SweepPlan; content: string } {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw invalid('plan', `${file} (${code})`, 'a YAML file that can be read', 'See docs/sweeps.md.');
  }
  const plan = parsePlan(
    content,
    file,
    datasetCatalogue().map(({ id }) => id),
  );
  // What does not fit together is said before the first game is played.
  for (let index = 0; index < plan.count; index++) plan.gameAt(index);
  return { plan, content };
}

async function playMissing(
  source: { readonly file: string; readonly content: string },
  plan: SweepPlan,
  request: SweepRequest,
  reporter: Reporter,
): Promise<number[]> {
  const { runsDir } = request;
  let missing = 0;
  for (const _ of missingGames(plan, runsDir)) missing += 1;
  const { workers, threads } = budgetOf(request, missing);
  reporter.note(`${plan.title}: ${plan.count} games, ${plan.count - missing} played before`);
  if (missing === 0) return [];
  makeFolder(resolve(runsDir));
  const failed: number[] = [];
  const started = performance.now();
  let done = 0;
  const finished = (index: number, what: string): void => {
    done += 1;
    const seconds = (performance.now() - started) / 1000;
    const left = done < missing ? `, about ${duration((seconds / done) * (missing - done))} left` : '';
    reporter.begin(`game ${index} (${plan.gameAt(index).choices.join(', ')}) ${what}${left}`, done, missing);
  };
  const controller = new AbortController();
  const release = cancelOnSignals(controller);
  const told = tellOfSweep(missing);
  try {
    await playLocally({
      plan: source,
      runsDir: resolve(runsDir),
      games: missingGames(plan, runsDir),
      workers,
      threads,
      signal: controller.signal,
      note: (line) => reporter.note(line),
      onPlayed(index, seconds) {
        told.ended('finished');
        finished(index, `played in ${duration(seconds)}`);
      },
      onFailed(index, line) {
        told.ended('failed');
        failed.push(index);
        finished(index, 'failed');
        process.stderr.write(`game ${index} failed: ${line}\n`);
      },
    });
  } finally {
    release();
    reporter.end();
    await told.stop();
  }
  return failed;
}

/** As many workers as cores and memory allow, one at least. */
function budgetOf(request: SweepRequest, missing: number): { workers: number; threads: number } {
  const threads = readInteger('threads', request.threads, 1, 1024);
  const cores = readInteger('cores', request.cores ?? String(availableParallelism()), 1, 65_536);
  const standard = String(Math.floor((0.8 * totalmem()) / mebibyte));
  const memory = readInteger('memory', request.memory ?? standard, 1, mostMebibytes);
  const each = readInteger('memory-per-game', request.memoryPerGame, 1, mostMebibytes);
  if (each > memory)
    throw invalid('--memory', `${memory} MiB`, `at least ${each} MiB, what one game takes`, 'See --memory-per-game.');
  const workers = Math.max(1, Math.min(Math.floor(cores / threads), Math.floor(memory / each), missing));
  return { workers, threads };
}

async function playIndex(plan: SweepPlan, index: number, request: SweepRequest, reporter: Reporter): Promise<void> {
  const { runsDir } = request;
  const game = plan.gameAt(index);
  const before = readSwept(runsDir, game.digest);
  const shelf = dataShelf(request.addresses, reporter);
  const { card, run } =
    before ?? (await withSitting(request, (sitting) => playSwept(sitting, game, shelf, reporter, runsDir)));
  showCard(card, resolve(runsDir, run), request.json === true);
}

/** One game after another is read and written, so that a long list costs no more memory than a short one. */
function* listedGames(plan: SweepPlan, runsDir: string, json: boolean): Generator<string, void, undefined> {
  let played = 0;
  for (let index = 0; index < plan.count; index++) {
    const { choices, digest } = plan.gameAt(index);
    const isPlayed = isSwept(runsDir, digest);
    if (isPlayed) played += 1;
    const settings = Object.fromEntries(plan.varied.map((name, at) => [name, choices[at]]));
    const document = JSON.stringify({ index, settings, played: isPlayed });
    const line = `${String(index).padStart(String(plan.count - 1).length)}  ${choices.join(', ')}  ${isPlayed ? 'played' : 'not played'}`;
    yield json ? `${index === 0 ? '[' : ','}\n  ${document}` : `${line}\n`;
  }
  yield json ? '\n]\n' : `${plan.count} games, ${played} played.\n`;
}

/** What can be read is shown, even where nothing can be written. */
async function show(file: string, plan: SweepPlan, { runsDir, json }: SweepRequest): Promise<void> {
  const path = join(runsDir, 'sweeps', `${basename(file).replace(/\.ya?ml$/, '')}.csv`);
  if (json === true) await writeOut(sweepJson(plan, runsDir));
  else if (plan.count <= mostRowsShown)
    process.stdout.write(`\n${sweepTable(plan, [...resultsOf(plan, runsDir)])}\n\n`);
  writeFileAtomic(path, sweepCsv(plan, runsDir));
  if (json !== true) process.stdout.write(`${plan.count} games: ${shortPath(path)}\n`);
}
