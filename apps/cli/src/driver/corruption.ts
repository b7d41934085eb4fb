/** GradPC through the contract: a clean model, corrupted within ||w - w_c|| <= eps_w, scored, its tau. */
import type { CorruptOutcome } from '@theriac/contract/attacker';
import { callStream, withSpan } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { keepCheckpoint, keepDone, resumeState } from './checkpoints';
import { gameSpec, keepTensors, offerFile } from './game';
import type { Game } from './game';
import { distanceBetween } from './parameter-distance';
import type { CorruptedRecord, RunningRecord, ScoredRecord, ScoresRecord, ThresholdRecord } from './records';
import type { FileRef } from './run-directory';
import { persistently, playOutlasting } from './persistence';
import { runSlices } from './slices';
import { attackerTask } from './table-of-work';
import { playTraining, scoresOf } from './training-step';
import { thresholdOf } from './verifying-step';

export interface Corruption {
  readonly clean: ScoredRecord;
  /** With the minibatch order of the first seed. */
  readonly corrupted: ScoresRecord;
  /** Accuracy with each order, percent, the first seed's first; the order changes what the last minibatches push towards. */
  readonly accuracies: readonly number[];
  /** ||w - w_c||, computed here from both vectors. */
  readonly distance: number;
  readonly threshold: ThresholdRecord;
  readonly seconds: number;
  /** The safetensors file of the corrupted parameters. */
  readonly parameters: Uint8Array;
}

/** Trains the clean model, corrupts it with `orders` orders of its minibatches, scores all. Throws ABORTED where the clean model diverges. */
export async function corruptModel(game: Game, epsilonW: number, orders = 1): Promise<Corruption> {
  game.reporter.begin('train the clean model', 1, 2 + orders);
  const task = attackerTask(game.manifest);
  const clean = await playOutlasting(game, task, () => playTraining(game, task));
  if (clean.status !== 'scored')
    throw new TheriacError(`the clean model diverged: ${clean.reason}`, {
      code: 'ABORTED',
      remedy: 'Choose another seed.',
    });
  const first = game.manifest.attackSeed;
  const corrupted = [];
  for (let order = 0; order < orders; order++) {
    game.reporter.begin(`corrupt within ${epsilonW}, seed ${first + order}`, 2 + order, 2 + orders);
    corrupted.push(
      await playOutlasting(game, { kind: 'corrupt', key: `corrupt-${first + order}`, label: 'corruption' }, () =>
        corruptOnce(game, clean.parameters, epsilonW, first + order),
      ),
    );
  }
  game.reporter.begin('measure', 2 + orders, 2 + orders);
  const [chosen] = corrupted;
  if (chosen === undefined) throw new RangeError('at least one order');
  const parameters = game.run.readFile(chosen.file);
  return {
    clean,
    corrupted: chosen.scores,
    accuracies: corrupted.map(({ scores }) => scores.accuracies.at(-1) ?? 0),
    distance: distanceBetween(game.run.readFile(clean.parameters), parameters),
    threshold: await persistently(game, ['evaluator'], 'the threshold', () => thresholdOf(game, parameters)),
    seconds: chosen.seconds,
    parameters,
  };
}

async function corruptOnce(game: Game, clean: FileRef, epsilonW: number, seed: number): Promise<CorruptedRecord> {
  const { attacker } = game.players;
  const key = `corrupt-${seed}`;
  const found = game.run.readRecord<RunningRecord | CorruptedRecord>(key);
  if (found?.status === 'corrupted') return found;
  const outcome = await withSpan('craft', { 'theriac.attack': 'gradpc', 'theriac.seed': seed }, async () =>
    runSlices<CorruptOutcome>({
      label: 'corruption',
      resumeFrom: await resumeState(game, attacker, found),
      ask: (resumeFrom) => slice(game, clean, epsilonW, seed, resumeFrom),
      onProgress: ({ step, of, metrics }) => game.reporter.progress(of > 0 ? step / of : 0, metrics),
      onCheckpoint: (checkpoint) => keepCheckpoint(game, attacker, key, checkpoint),
    }),
  );
  const file = await keepTensors(game, attacker, outcome.parameters, `parameters-corrupted-${seed}.safetensors`);
  const scores = await scoresOf(game, file);
  const record: CorruptedRecord = { status: 'corrupted', file, scores, seconds: outcome.seconds };
  keepDone(game, key, record);
  return record;
}

async function* slice(
  game: Game,
  clean: FileRef,
  epsilonW: number,
  seed: number,
  resumeFrom: Parameters<Parameters<typeof runSlices>[0]['ask']>[0],
) {
  const { attacker } = game.players;
  const request = {
    game: gameSpec(game.manifest),
    cleanParameters: await offerFile(game, attacker, clean),
    epsilonW,
    seed,
    resumeFrom,
    sliceSeconds: game.sliceSeconds,
  };
  yield* callStream(attacker.client, 'corrupt', request, { signal: game.signal });
}
