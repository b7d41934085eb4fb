/**
 * The driver: a state machine over a run directory.
 *   train clean, score, craft, verify, retrain, score, report
 * Every step reads its own record first, so that playing again after any kill goes on where it stopped and ends the same.
 */
import { dirname, relative } from 'node:path';
import { cardText, sha256Hex } from '@theriac/game';
import type { Manifest, ResultCard } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import type { ErrorCode } from '@theriac/tensors';
import { assembleCard } from './card-assembly';
import type { FinishedGame } from './card-assembly';
import type { CleanStore } from './clean-store';
import { playCrafting } from './crafting-step';
import type { EventLog } from './event-log';
import type { Game } from './game';
import { describeMachine } from './machine';
import { parameterDistances } from './parameter-distance';
import { playOutlasting, watchServices } from './persistence';
import type { Players } from './players';
import type { CraftedRecord, FinishedRecord, FinishedTraining, VerifiedRecord } from './records';
import type { Reporter } from './reporter';
import type { RunDirectory } from './run-directory';
import { tableOfWork } from './table-of-work';
import { takeRun } from './take-run';
import type { TakenRun } from './take-run';
import { playTraining } from './training-step';
import { playVerifying } from './verifying-step';

export interface PlayOptions {
  readonly path: string;
  readonly manifest: Manifest;
  readonly players: Players;
  readonly reporter: Reporter;
  readonly store: CleanStore;
  readonly signal: AbortSignal;
  readonly sliceSeconds: number;
  /** Writes what is made from the card (the report); gives the poison rows that equal their base, where it can tell. */
  readonly finish: Finish;
}

export interface Finish {
  /** Data that the card itself needs. */
  inspect(run: RunDirectory, crafted: CraftedRecord | undefined): Promise<{ unchangedRows?: number; notice?: string }>;
  report(run: RunDirectory, card: ResultCard, game: FinishedGame): Promise<void>;
}

/** Plays the game to its end and gives the card. On failure the run stays resumable. */
export async function playGame(options: PlayOptions): Promise<{ card: ResultCard; run: RunDirectory }> {
  const { manifest, path, reporter } = options;
  const taken = takeRun(path, manifest, reporter.note);
  return withTaken(taken, options, resumeHint(taken.run), async () => {
    const card = await playSteps({ ...options, ...taken }, options.finish);
    return { card, run: taken.run };
  });
}

/** Runs `work` over a run that was taken, and lets it go: what fails is noted, and says `how` to go on where one can. */
export async function withTaken<T>(
  { lock, events }: TakenRun,
  { players, reporter, signal }: Pick<PlayOptions, 'players' | 'reporter' | 'signal'>,
  how: string,
  work: () => Promise<T>,
): Promise<T> {
  const unwatch = watchServices({ players, events, reporter });
  try {
    return await work();
  } catch (error) {
    const failure = resumable(error, how, signal);
    noteFailure(events, failure);
    throw failure;
  } finally {
    unwatch();
    reporter.end();
    lock.release();
  }
}

/** How a run is gone on with, from this folder. */
export function resumeHint({ path, name }: RunDirectory): string {
  const runs = relative('', dirname(path)) || '.';
  const where = runs === 'runs' ? '' : ` --runs-dir ${runs.startsWith('..') ? dirname(path) : runs}`;
  return `Run \`theriac resume ${name}${where}\` to go on where it stopped.`;
}

function noteFailure(events: EventLog, failure: unknown): void {
  const code = failure instanceof TheriacError ? failure.detail.code : 'INTERNAL';
  try {
    events.write({ event: 'failed', code, message: failure instanceof Error ? failure.message : String(failure) });
  } catch {
    return; // on a full disk the error itself counts
  }
}

async function playSteps(game: Game, finish: Finish): Promise<ResultCard> {
  const { manifest, run, reporter } = game;
  const trainings = new Map<string, FinishedTraining>();
  let crafted: CraftedRecord | undefined;
  let verified: VerifiedRecord | undefined;
  const tasks = tableOfWork(manifest);
  for (const [index, task] of tasks.entries()) {
    if (game.signal.aborted) throw interrupted();
    reporter.begin(task.label, index + 1, tasks.length);
    if (task.kind === 'craft') crafted = await playOutlasting(game, task, () => playCrafting(game));
    else if (task.kind === 'verify') verified = await playOutlasting(game, task, () => playVerifying(game));
    else trainings.set(task.key, await playOutlasting(game, task, () => playTraining(game, task)));
    reporter.progress(1, {});
  }
  const seen = await finish.inspect(run, crafted);
  const finished: FinishedGame = {
    manifest,
    crafted,
    verified,
    trainings,
    distances: parameterDistances(manifest, run, trainings),
    unchangedRows: seen.unchangedRows,
    notice: seen.notice,
    totalSeconds: game.events.seconds(),
    machine: describeMachine(),
  };
  const card = assembleCard(finished);
  await finish.report(run, card, finished);
  keepCard(game, cardText(card));
  return card;
}

/** Writes the card, last of all. */
export function keepCard({ run, events }: Game, card: string): void {
  const record: FinishedRecord = { status: 'finished', card: sha256Hex(card) };
  run.writeRecord('finished', record);
  run.writeFile('card.json', card);
  events.write({ event: 'finished' });
}

function interrupted(): TheriacError {
  return new TheriacError('interrupted', { code: 'CANCELLED' });
}

const resumableCodes: readonly ErrorCode[] = [
  'UNAVAILABLE',
  'CANCELLED',
  'DATA_LOSS',
  'INTERNAL',
  'RESOURCE_EXHAUSTED',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
];
/** What the user has to do first is said first. */
const firstRemedies: readonly ErrorCode[] = ['RESOURCE_EXHAUSTED', 'PERMISSION_DENIED', 'UNAUTHENTICATED'];

/** The same error, and how to go on. */
function resumable(error: unknown, how: string, signal: AbortSignal): unknown {
  const cause = causeOf(error, signal);
  if (!isResumable(cause, signal)) return cause;
  const { code, remedy = '' } = cause.detail;
  const said = firstRemedies.includes(code) ? cause.message : cause.message.replace(remedy, '');
  const again = new TheriacError('', cause.detail);
  again.message = `${said.trim()} ${how}`;
  return again;
}

/** Whether trying again may succeed. */
export function isResumable(error: unknown, signal: AbortSignal): error is TheriacError {
  const cause = causeOf(error, signal);
  return cause instanceof TheriacError && resumableCodes.includes(cause.detail.code);
}

/** What aborted the game counts for more than the call that noticed. */
function causeOf(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && reason instanceof TheriacError ? reason : error;
}
