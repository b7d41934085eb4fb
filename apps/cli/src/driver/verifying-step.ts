/** The evaluator's word on the poison: does it keep the rules, and can it reach its target? */
import type { Poison } from '@theriac/contract/game';
import { callUnary, withSpan } from '@theriac/service-kit';
import { decodeSafetensors, encodeSafetensors, float32Of, namedFloat32, TheriacError } from '@theriac/tensors';
import { fractionMessage, gameSpec, keepRecord, offer, offerPoison } from './game';
import type { Game } from './game';
import type { CraftedRecord, FinishedTraining, ScoredRecord, ThresholdRecord, VerifiedRecord } from './records';
import type { FileRef } from './run-directory';
import { defenderTasks } from './table-of-work';
import { scoresOf } from './training-step';

/** Scales of the target at which tau is evaluated for the report: accuracy stays, tau does not. */
const scales = [0.3, 0.6, 1, 1.5, 3, 6];

/** Verifies, or reads what is already there. */
export async function playVerifying(game: Game): Promise<VerifiedRecord> {
  const found = game.run.readRecord<VerifiedRecord>('verify');
  if (found !== undefined) return found;
  return withSpan('verify', {}, () => verify(game));
}

async function verify(game: Game): Promise<VerifiedRecord> {
  const crafted = game.run.readRecord<CraftedRecord>('craft');
  if (crafted?.status !== 'crafted')
    throw new TheriacError('there is no poison to verify', { code: 'FAILED_PRECONDITION', field: 'craft' });
  const { evaluator } = game.players;
  const { constraint } = game.manifest;
  const spec = gameSpec(game.manifest);
  const poison = await offerPoison(game, evaluator, crafted.poison);
  const { violations, count, allowedCount, rowNorms } = await callUnary(
    evaluator.client,
    'verifyPoison',
    {
      game: spec,
      poison,
      constraint,
      poisonFraction: fractionMessage(game.manifest),
    },
    { signal: game.signal },
  );
  const record: VerifiedRecord = {
    status: 'verified',
    count,
    allowedCount,
    violations: violations.map(({ rule, rows, worst, message }) => ({ rule, rows, worst, message })),
    rowNorms: {
      median: rowNorms?.median ?? 0,
      max: rowNorms?.max ?? 0,
      cleanMedian: rowNorms?.cleanMedian ?? 0,
    },
    ...(await cleanSuccess(game, crafted)),
    target: crafted.target === null ? null : await examineTarget(game, crafted.target.parameters, poison),
  };
  keepRecord(game, 'verify', record);
  return record;
}

/** What the clean defenders make of the attack's signals. */
async function cleanSuccess(game: Game, { signals }: CraftedRecord): Promise<Pick<VerifiedRecord, 'cleanSuccess'>> {
  if (signals === undefined) return {};
  const found: Record<string, readonly number[]> = {};
  for (const { key } of defenderTasks(game.manifest, false)) {
    const run = game.run.readRecord<FinishedTraining>(key);
    if (run?.status !== 'scored') continue;
    found[key] = (await scoresOf(game, voters(game, run), signals, run.members)).success?.at(-1) ?? [];
  }
  return { cleanSuccess: found };
}

/** A file of the final parameters with a row for each model: an ensemble's come one after the other. */
function voters({ run }: Game, { parameters, members }: ScoredRecord): FileRef {
  if (members === undefined) return parameters;
  const tensors = decodeSafetensors(run.readFile(parameters)).tensors.map((tensor) => {
    const values = float32Of(tensor);
    return namedFloat32(tensor.name, [members, values.length / members], values);
  });
  return run.writeFile('checkpoints/voters.safetensors', encodeSafetensors(tensors));
}

async function examineTarget(
  game: Game,
  file: CraftedRecord['poison'],
  poison: Poison,
): Promise<VerifiedRecord['target']> {
  const { evaluator } = game.players;
  const spec = gameSpec(game.manifest);
  const bytes = game.run.readFile(file);
  const parameters = await offer(evaluator, bytes, game.signal);
  const { signal } = game;
  const threshold = await thresholdOf(game, bytes);
  const scores = await callUnary(evaluator.client, 'score', { game: spec, parameters }, { signal });
  const { norm, cleanNorm, lowerBound } = await callUnary(
    evaluator.client,
    'reachability',
    { game: spec, parameters, poison },
    { signal },
  );
  const scaled: { scale: number; tau: number }[] = [];
  if (game.manifest.game.model === 'lr')
    for (const scale of scales) {
      const { tau } = scale === 1 ? threshold : await thresholdOf(game, multiplied(bytes, scale));
      scaled.push({ scale, tau });
    }
  return {
    threshold,
    accuracy: (scores.scores[0]?.accuracy ?? 0) * 100,
    reachability: { norm, cleanNorm, lowerBound },
    scaled,
  };
}

/** tau of a safetensors file of parameters. */
export async function thresholdOf(
  game: Pick<Game, 'manifest' | 'players' | 'signal'>,
  bytes: Uint8Array,
): Promise<ThresholdRecord> {
  const { evaluator } = game.players;
  const request = { game: gameSpec(game.manifest), parameters: await offer(evaluator, bytes, game.signal) };
  const { tau, innerProduct, gradientInnerProduct, constant, crossEntropy, entropy } = await callUnary(
    evaluator.client,
    'threshold',
    request,
    { signal: game.signal },
  );
  return { tau, innerProduct, gradientInnerProduct, constant, crossEntropy, entropy };
}

function multiplied(bytes: Uint8Array, scale: number): Uint8Array {
  const { tensors } = decodeSafetensors(bytes);
  return encodeSafetensors(
    tensors.map((tensor) =>
      namedFloat32(
        tensor.name,
        tensor.shape,
        float32Of(tensor).map((value) => value * scale),
      ),
    ),
  );
}
