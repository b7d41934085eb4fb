/** One defender: trained in slices from where it stands, then scored on every epoch it kept. */
import type { Tensor, TensorBundle } from '@theriac/contract/tensor';
import type { TrainOutcome } from '@theriac/contract/trainer';
import { cleanTrainingDigest } from '@theriac/game';
import type { Signal } from '@theriac/game';
import { callStream, callUnary, withSpan } from '@theriac/service-kit';
import { int32Of, TheriacError } from '@theriac/tensors';
import { fetchTensors, gameSpec, keepRecord, keepTensors, offerFile, offerPoison } from './game';
import type { Game } from './game';
import { keepCheckpoint, keepDone, resumeState } from './checkpoints';
import type {
  CraftedRecord,
  FinishedTraining,
  ScoredRecord,
  ScoresRecord,
  TrainedRecord,
  TrainingRecord,
} from './records';
import { signalList } from './signal-success';
import { certifiedAccuracies, guaranteesOf } from './guarantees';
import { runSlices } from './slices';
import { removalOf } from './removal';
import type { TrainingTask } from './table-of-work';

/** Trains and scores, or reads what is already there. */
export async function playTraining(game: Game, task: TrainingTask): Promise<FinishedTraining> {
  const found = game.run.readRecord<TrainingRecord>(task.key);
  if (found?.status === 'scored' || found?.status === 'diverged') return found;
  const shared = found === undefined ? takeShared(game, task) : undefined;
  if (shared !== undefined) return shared;
  const attributes = { 'theriac.protocol': task.protocol, 'theriac.seed': task.seed };
  const trained =
    found?.status === 'trained'
      ? found
      : await withSpan(task.poisoned ? 'retrain' : 'train clean', attributes, () => train(game, task, found));
  if (trained.status === 'diverged') return trained;
  const scored = await withSpan('score', attributes, () => score(game, task, trained));
  if (!task.poisoned) game.store.keep(storeKey(game, task), scored, game.run.readFile(scored.parameters));
  return scored;
}

async function train(
  game: Game,
  task: TrainingTask,
  found: TrainingRecord | undefined,
): Promise<TrainedRecord | Extract<FinishedTraining, { status: 'diverged' }>> {
  const { trainer } = game.players;
  const poisonFile = task.poisoned ? game.run.readRecord<CraftedRecord>('craft')?.poison : undefined;
  const started = performance.now();
  let outcome: TrainOutcome;
  try {
    outcome = await runSlices<TrainOutcome>({
      label: task.label,
      resumeFrom: await resumeState(game, trainer, found),
      ask: (resumeFrom) => slice(resumeFrom),
      onProgress: ({ step, of, metrics }) => game.reporter.progress(of > 0 ? step / of : 0, metrics),
      onCheckpoint: (checkpoint) => keepCheckpoint(game, trainer, task.key, checkpoint),
    });
  } catch (error) {
    if (!(error instanceof TheriacError) || error.detail.code !== 'ABORTED') throw error;
    return diverged(game, task, error.message, (performance.now() - started) / 1000);
  }
  const { loss, gradientNorm, accuracy, stopped, seconds } = outcome;
  if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm))
    return diverged(game, task, `the loss ended at ${loss}, the gradient norm at ${gradientNorm}`, seconds);
  const record: TrainedRecord = {
    status: 'trained',
    parameters: await keepTensors(game, trainer, outcome.parameters, `parameters-${task.key}.safetensors`),
    kept: await keepTensors(game, trainer, outcome.kept, `checkpoints/${task.key}.kept.safetensors`),
    layout: outcome.layout.map(({ name, shape, offset }) => ({ name, shape, offset })),
    loss,
    gradientNorm,
    accuracy: accuracy * 100,
    stopped,
    seconds,
    ...(await removalOf(game, task, outcome)),
    ...guaranteesOf(outcome),
  };
  keepDone(game, task.key, record);
  return record;

  async function* slice(resumeFrom: Parameters<Parameters<typeof runSlices>[0]['ask']>[0]) {
    const poison = poisonFile === undefined ? undefined : await offerPoison(game, trainer, poisonFile);
    yield* callStream(
      trainer.client,
      'train',
      {
        game: gameSpec(game.manifest),
        poison,
        protocol: task.protocol,
        seed: task.seed,
        defence: defenceOf(game, task),
        resumeFrom,
        sliceSeconds: game.sliceSeconds,
        keepEpochs: task.keepEpochs,
      },
      { signal: game.signal },
    );
  }
}

function diverged(game: Game, task: TrainingTask, reason: string, seconds: number) {
  const record = { status: 'diverged' as const, reason, seconds };
  keepDone(game, task.key, record);
  game.reporter.note(`${task.label}: diverged (${reason})`);
  return record;
}

async function score(game: Game, task: TrainingTask, trained: TrainedRecord): Promise<ScoredRecord> {
  const { kept, status: _, ...rest } = trained;
  const signals = task.poisoned ? (game.run.readRecord<CraftedRecord>('craft')?.signals ?? []) : [];
  const record: ScoredRecord = { ...rest, status: 'scored', scores: await scoresOf(game, kept, signals, rest.members) };
  keepRecord(game, task.key, record);
  game.run.remove(kept.file);
  return record;
}

/** Scores every row of a file of parameters, or every `members` rows as an ensemble, and what they make of these signals. */
export async function scoresOf(
  game: Pick<Game, 'manifest' | 'players' | 'run' | 'signal'>,
  file: TrainedRecord['kept'],
  signals: readonly Signal[] = [],
  members?: number,
): Promise<ScoresRecord> {
  const { evaluator } = game.players;
  const parameters = await offerFile(game as Game, evaluator, file);
  const request = { game: gameSpec(game.manifest), parameters, members, ...signalList(signals) };
  const { scores, testCount } = await callUnary(evaluator.client, 'score', request, { signal: game.signal });
  const last = scores[scores.length - 1];
  if (last?.confusion === undefined)
    throw new TheriacError('the evaluator answered without scores', { code: 'DATA_LOSS', field: 'scores' });
  const valuesOf = async (tensor: Tensor): Promise<number[]> => {
    const bundle: TensorBundle = { source: { $case: 'inline', value: { tensors: [tensor] } } };
    const found = await fetchTensors(evaluator, bundle, tensor.name, game.signal);
    return [...found.values()].flatMap((array) => [...int32Of(array)]);
  };
  const counts = await valuesOf(last.confusion);
  const classes = last.perClass.length;
  return {
    accuracies: scores.map(({ accuracy }) => accuracy * 100),
    losses: scores.map(({ loss }) => loss),
    perClass: last.perClass.map((share) => share * 100),
    confusion: Array.from({ length: classes }, (_, row) => counts.slice(row * classes, (row + 1) * classes)),
    testCount,
    ...(last.certificates === undefined ? {} : { certified: certifiedAccuracies(await valuesOf(last.certificates)) }),
    ...(signals.length === 0 ? {} : { success: scores.map(({ success }) => success.map((share) => share * 100)) }),
  };
}

const defenceOf = ({ manifest }: Game, { defended }: TrainingTask): string => (defended ? manifest.defence : 'none');

function storeKey(game: Game, task: TrainingTask): string {
  const { protocol, seed, keepEpochs } = task;
  return cleanTrainingDigest({ ...game.manifest, defence: defenceOf(game, task) }, protocol, seed, keepEpochs);
}

function takeShared(game: Game, task: TrainingTask): ScoredRecord | undefined {
  const shared = task.poisoned ? undefined : game.store.find(storeKey(game, task));
  if (shared === undefined) return undefined;
  const file = game.run.writeFile(`parameters-${task.key}.safetensors`, shared.parameters);
  const record: ScoredRecord = { ...shared.record, parameters: file };
  keepRecord(game, task.key, record);
  return record;
}
