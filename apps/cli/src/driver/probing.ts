/**
 * The pace of a game, from one short slice of each kind of work: training by each protocol, and crafting from a model that was
 * trained on a handful of rows, since the pace does not depend on what it has learnt. Nothing is kept.
 */
import type { BlobRef } from '@theriac/contract/tensor';
import type { TrainOutcome } from '@theriac/contract/trainer';
import { readProtocolName } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { callStream } from '@theriac/service-kit';
import { encodeSafetensors } from '@theriac/tensors';
import { probeOf } from '../tables/probe';
import type { Phase, Probe } from '../tables/probe';
import { craftRequest } from './crafting-step';
import { fetchTensors, gameSpec, offer } from './game';
import type { Game } from './game';
import { paceOf } from './pace';
import type { Pace } from './pace';
import { runSlices } from './slices';
import type { SliceEvent } from './slices';
import { defenderTasks } from './table-of-work';

/** Rows that the stand-in for the clean model is trained on. */
const handful = 64;
/** A slice that has not finished a step within this many times its budget is broken off. */
const patience = 6;
/** Where a training step takes longer than this, seconds, one of crafting is not tried before it is known to be short enough. */
const quickStep = 0.5;
/** Fewest clean rows of a small game that a long step is extrapolated from. */
const fewest = 8;
/** A guess at the longest step of crafting: that many training steps, of minibatches of this size (33 second derivatives). */
const [trainingSteps, minibatch] = [100, 128];

/** Probes a game's work for about `seconds` a phase. `rows`: clean rows of the game. */
export async function probeGame(game: Game, rows: number, seconds: number): Promise<Probe> {
  const { manifest, signal } = game;
  const { attack, poisonFraction } = manifest;
  const added = attack?.placement === 'replaced' ? 0 : poisonFraction;
  const defenders = new Map<string, number>();
  for (const { protocol } of defenderTasks(manifest, false))
    defenders.set(protocol, (defenders.get(protocol) ?? 0) + (attack === null ? 1 : 2 + added));
  if (attack !== null) defenders.set(manifest.attackerProtocol, (defenders.get(manifest.attackerProtocol) ?? 0) + 1);
  const phases: Phase[] = [];
  const of = defenders.size + (attack === null ? 0 : 1);
  for (const [protocol, times] of defenders) {
    const label = `train: ${protocol}`;
    game.reporter.begin(`probe, ${label}`, phases.length + 1, of);
    const pace = await paceOf((own) => training(game, manifest, protocol, seconds, own), seconds * patience, signal);
    phases.push({ label, times, ...pace });
  }
  if (attack !== null) {
    const label = `craft: ${attack.id}`;
    game.reporter.begin(`probe, ${label}`, of, of);
    const slowest = Math.max(...phases.map(({ secondsPerStep }) => secondsPerStep ?? Infinity));
    phases.push({ label, times: 1, ...(await craftingPace(game, rows, seconds, slowest)) });
  }
  return probeOf(phases);
}

/** Tries a step of crafting; where that may take long, small games first, by which a step is a + b times the rows. */
async function craftingPace(game: Game, rows: number, seconds: number, trainingStep: number): Promise<Pace> {
  const { manifest, signal } = game;
  const { attack, poisonFraction } = manifest;
  const stand = await standIn(game);
  const longest = seconds * patience;
  const paceOfSmall = (small: Manifest, patienceSeconds: number): Promise<Pace> =>
    paceOf((own) => crafting(game, small, stand, seconds, own), patienceSeconds, signal);
  const direct = (): Promise<Pace> => paceOfSmall(manifest, longest);
  // As few rows as have one of poison; fewer, with more than their share of it, where even that is too long to wait for.
  const whole = Math.max(fewest, Math.ceil(1 / poisonFraction));
  const guess = (trainingSteps * trainingStep * whole) / minibatch;
  const few = guess > longest * patience ? fewest : whole;
  if (trainingStep <= quickStep || rows <= 2 * few) return direct();
  const fraction = Math.max(poisonFraction, 1 / few);
  const first = await paceOfSmall({ ...limited(manifest, few), poisonFraction: fraction }, longest * patience);
  if (first.secondsPerStep === null) return first;
  const again = few === whole && 2 * first.secondsPerStep <= longest;
  const second = again ? await paceOfSmall(limited(manifest, 2 * few), longest) : undefined;
  const slope =
    second === undefined || second.secondsPerStep === null
      ? first.secondsPerStep / few
      : Math.max(0, second.secondsPerStep - first.secondsPerStep) / few;
  const at = (count: number): number => (first.secondsPerStep ?? 0) + slope * (count - few);
  const batch = attack?.options['batch'];
  if (at(typeof batch === 'number' ? Math.min(batch, rows) : rows) <= longest) return direct();
  const seen = second === undefined ? `${few} rows` : `${few} and ${2 * few} rows`;
  return {
    steps: first.steps,
    secondsPerStep: at(rows),
    reason: `at most; passes over ${rows} rows, extrapolated from ${seen}`,
  };
}

function limited(manifest: Manifest, trainLimit: number): Manifest {
  return { ...manifest, game: { ...manifest.game, trainLimit } };
}

function training(
  game: Game,
  manifest: Manifest,
  protocol: string,
  sliceSeconds: number,
  signal: AbortSignal,
  resumeFrom?: BlobRef,
): AsyncIterable<SliceEvent<TrainOutcome>> {
  const { trainer } = game.players;
  const { attackSeed: seed, defence, keepEpochs } = manifest;
  const request = { game: gameSpec(manifest), protocol, seed, defence, sliceSeconds, keepEpochs };
  return callStream(trainer.client, 'train', { ...request, poison: undefined, resumeFrom }, { signal });
}

/** Parameters of the right shape, as a safetensors file. */
async function standIn(game: Game): Promise<Uint8Array> {
  const { manifest, signal, sliceSeconds } = game;
  const limit = manifest.game.trainLimit;
  // The attacker's own model is not defended.
  const small = { ...limited(manifest, limit > 0 ? Math.min(limit, handful) : handful), defence: 'none' };
  const { id } = readProtocolName(manifest.attackerProtocol);
  const protocol = id === 'converged' ? id : `${id}@1`;
  const { parameters } = await runSlices<TrainOutcome>({
    label: 'training the stand-in for the clean model',
    resumeFrom: undefined,
    ask: (resumeFrom) => training(game, small, protocol, sliceSeconds, signal, resumeFrom),
    onProgress: () => {},
    onCheckpoint: async () => {},
  });
  const tensors = await fetchTensors(game.players.trainer, parameters, 'parameters', signal);
  return encodeSafetensors([...tensors.values()]);
}

async function* crafting(
  game: Game,
  manifest: Manifest,
  clean: Uint8Array,
  sliceSeconds: number,
  signal: AbortSignal,
): AsyncGenerator<SliceEvent<unknown>> {
  const { attacker } = game.players;
  const cleanParameters = await offer(attacker, clean, signal);
  const request = { ...craftRequest(manifest), cleanParameters, sliceSeconds, resumeFrom: undefined };
  yield* callStream(attacker.client, 'craft', request, { signal });
}
