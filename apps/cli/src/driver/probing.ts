/**
 * The pace of a game, from one short slice of each kind of work: training by each protocol, and crafting from a model that was
 * trained on a handful of rows, since the pace does not depend on what it has learnt. Nothing is kept.
 */
import type { BlobRef } from '@theriac/contract/tensor';
import type { TrainOutcome } from '@theriac/contract/trainer';
import { readProtocolName } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { callStream } from '@theriac/service-kit';
import { encodeSafetensors, TheriacError } from '@theriac/tensors';
import { probeOf } from '../tables/probe';
import type { Phase, Probe } from '../tables/probe';
import { craftRequest } from './crafting-step';
import { fetchTensors, gameSpec, offer } from './game';
import type { Game } from './game';
import { runSlices } from './slices';
import type { SliceEvent } from './slices';
import { defenderTasks } from './table-of-work';

/** Rows that the stand-in for the clean model is trained on. */
const handful = 64;
/** A slice that has not finished a step within this many times its budget is broken off. */
const patience = 6;

/** Probes a game's work for about `seconds` a phase. */
export async function probeGame(game: Game, seconds: number): Promise<Probe> {
  const { manifest } = game;
  const { attack, poisonFraction } = manifest;
  const defenders = new Map<string, number>();
  for (const { protocol } of defenderTasks(manifest, false))
    defenders.set(protocol, (defenders.get(protocol) ?? 0) + (attack === null ? 1 : 2 + poisonFraction));
  if (attack !== null) defenders.set(manifest.attackerProtocol, (defenders.get(manifest.attackerProtocol) ?? 0) + 1);
  const phases: Phase[] = [];
  const of = defenders.size + (attack === null ? 0 : 1);
  for (const [protocol, times] of defenders) {
    const label = `train: ${protocol}`;
    game.reporter.begin(`probe, ${label}`, phases.length + 1, of);
    phases.push({
      label,
      times,
      ...(await paceOf(game, seconds, (signal) => training(game, manifest, protocol, seconds, signal))),
    });
  }
  if (attack !== null) {
    const label = `craft: ${attack.id}`;
    game.reporter.begin(`probe, ${label}`, of, of);
    const stand = await standIn(game);
    phases.push({
      label,
      times: 1,
      ...(await paceOf(game, seconds, (signal) => crafting(game, stand, seconds, signal))),
    });
  }
  return probeOf(phases);
}

type Ask<Outcome> = (signal: AbortSignal) => AsyncIterable<SliceEvent<Outcome>>;

async function paceOf(game: Game, seconds: number, ask: Ask<unknown>): Promise<Omit<Phase, 'label' | 'times'>> {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(), 1000 * seconds * patience);
  const signal = AbortSignal.any([game.signal, own.signal]);
  let first: { step: number; at: number } | undefined;
  let last: { step: number; at: number } | undefined;
  let steps = 0;
  const seen = (step: number, of: number): void => {
    steps = of;
    last = { step, at: performance.now() };
    first ??= last;
  };
  const started = performance.now();
  try {
    for await (const { event } of ask(signal)) {
      if (event?.$case === 'progress') seen(event.value.step, event.value.of);
      const checkpoint = event?.$case === 'end' ? event.value.checkpoint : undefined;
      if (checkpoint !== undefined) seen(checkpoint.step, checkpoint.of);
    }
  } catch (error) {
    if (game.signal.aborted) throw error;
    const reason = error instanceof TheriacError ? error.message : String(error);
    if (!own.signal.aborted) return { steps, secondsPerStep: null, reason };
  } finally {
    clearTimeout(timer);
  }
  if (first === undefined || last === undefined || last.step === 0)
    return { steps, secondsPerStep: null, reason: `no step within ${seconds * patience} s` };
  // What came before the first step reported is setting up: data, graphs.
  const between = last.step > first.step && first.step > 0;
  const taken = between ? last.at - first.at : last.at - started;
  return { steps, secondsPerStep: taken / 1000 / (last.step - (between ? first.step : 0)) };
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
  const few = { ...manifest, game: { ...manifest.game, trainLimit: limit > 0 ? Math.min(limit, handful) : handful } };
  const { id } = readProtocolName(manifest.attackerProtocol);
  const protocol = id === 'converged' ? id : `${id}@1`;
  const { parameters } = await runSlices<TrainOutcome>({
    label: 'training the stand-in for the clean model',
    resumeFrom: undefined,
    ask: (resumeFrom) => training(game, few, protocol, sliceSeconds, signal, resumeFrom),
    onProgress: () => {},
    onCheckpoint: async () => {},
  });
  const tensors = await fetchTensors(game.players.trainer, parameters, 'parameters', signal);
  return encodeSafetensors([...tensors.values()]);
}

async function* crafting(game: Game, clean: Uint8Array, sliceSeconds: number, signal: AbortSignal) {
  const { attacker } = game.players;
  const cleanParameters = await offer(attacker, clean, signal);
  const request = { ...craftRequest(game.manifest), cleanParameters, sliceSeconds, resumeFrom: undefined };
  yield* callStream(attacker.client, 'craft', request, { signal });
}
