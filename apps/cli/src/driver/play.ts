/**
 * The driver: a state machine over a run directory.
 *   train clean, score, craft, verify, retrain, score, report
 * Every step reads its own record first, so that playing again after any kill goes on where it stopped and ends the same.
 */
import { cardText } from '@theriac/game';
import type { Manifest, ResultCard } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import type { ErrorCode } from '@theriac/tensors';
import { assembleCard } from './card-assembly';
import type { FinishedGame } from './card-assembly';
import type { CleanStore } from './clean-store';
import { playCrafting } from './crafting-step';
import { openEventLog } from './event-log';
import type { Game } from './game';
import { lockRun } from './lock';
import { describeMachine } from './machine';
import { parameterDistances } from './parameter-distance';
import type { Players } from './players';
import type { CraftedRecord, FinishedTraining, VerifiedRecord } from './records';
import type { Reporter } from './reporter';
import { beginRun } from './run-directory';
import type { RunDirectory } from './run-directory';
import { tableOfWork } from './table-of-work';
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
  const { manifest, path } = options;
  const run = beginRun(path, manifest);
  const lock = lockRun(path);
  try {
    const game: Game = { ...options, run, lock, events: openEventLog(run.file('events.jsonl')) };
    game.events.write({ event: 'begin', epoch: lock.epoch, pid: process.pid });
    return { card: await playSteps(game, options.finish), run };
  } catch (error) {
    throw resumable(error, run, options.signal);
  } finally {
    options.reporter.end();
    lock.release();
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
    if (task.kind === 'craft') crafted = await playCrafting(game);
    else if (task.kind === 'verify') verified = await playVerifying(game);
    else trainings.set(task.key, await playTraining(game, task));
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
  game.lock.ensureHeld();
  run.writeFile('card.json', cardText(card));
  game.events.write({ event: 'finished' });
  return card;
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
];

/** The same error, and how to go on. What aborted the game counts for more than the call that noticed. */
export function resumable(error: unknown, run: RunDirectory, { aborted, reason }: AbortSignal): unknown {
  const cause: unknown = aborted && reason instanceof TheriacError ? reason : error;
  if (!(cause instanceof TheriacError) || !resumableCodes.includes(cause.detail.code)) return cause;
  const { remedy = '' } = cause.detail;
  const resume = `Run \`theriac resume ${run.name}\` to go on where it stopped.`;
  const again = new TheriacError('', cause.detail);
  again.message = `${cause.message.replace(remedy, '').trim()} ${resume}`;
  return again;
}
