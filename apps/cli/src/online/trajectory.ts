/** One trainer through all ticks of a seed, attacked or not, defended or not: played from where it stands, scored, recorded. */
import { isScored, playTick } from '@theriac/game/online';
import type { ChosenDefence, OnlineState, StageCounts, TickReport } from '@theriac/game/online';
import { TheriacError } from '@theriac/tensors';
import { keepDone, keepRunning } from '../driver/checkpoints';
import { gameSpec } from '../driver/game';
import { openAttacker } from './attacker-side';
import { dealerOf } from './dealer';
import { scoreOf } from './evaluation';
import type { Arm, OnlineGame, Start, Totals, TrajectoryRecord } from './online-game';
import { onlineChain } from './online-settings';
import { honestPerTick, partitionOf } from './partition';
import { onlineSession } from './session';
import { decodeOnlineState, encodeOnlineState } from './state-file';

const ticksBetweenCheckpoints = 5;

/** Plays an arm of a seed to its end, or reads what is there. */
export async function playTrajectory(
  game: OnlineGame,
  arm: Arm,
  seed: number,
  start: Start,
): Promise<TrajectoryRecord> {
  const key = `${arm.name}-${seed}`;
  const { manifest, run, players, signal, dataset } = game;
  const { online, poisonFraction: share } = manifest;
  const found = run.readRecord<TrajectoryRecord>(key);
  if (found !== undefined && found.status !== 'running') return found;
  let record = found ?? firstRecord(start);
  let state: OnlineState =
    found === undefined
      ? { tick: 0, w: start.w, seen: [], queue: [], loss: null }
      : decodeOnlineState(run.readFile(found.state), key);

  const partition = partitionOf(dataset.train.count, manifest.game.validationCount, online, share);
  const usual = honestPerTick(online, share);
  const dealer = dealerOf(dataset, partition, online, seed, usual);
  const chain: readonly ChosenDefence[] = onlineChain(arm.defence);
  const own = onlineSession(players, gameSpec(manifest), signal);
  const attacker = arm.attacked && share > 0 ? openAttacker(game, partition, dealer, seed, start) : undefined;
  try {
    while (state.tick < online.ticks) {
      if (signal.aborted) throw new TheriacError('interrupted', { code: 'CANCELLED' });
      const tick = state.tick + 1;
      const poison = await attacker?.craft(tick, state);
      const honest = Math.min(usual, online.perTick - (poison?.count ?? 0));
      const arrivals = dealer.deal(tick, honest, poison);
      const next = await playTick(state, arrivals, chain, online.learningRate, online.lag, {
        step: (w, rows, learningRate) => own.descend(w, rows, learningRate),
        gradients: async (w, rows, blocks) => {
          const gradients = [];
          for (const { from, to } of blocks) gradients.push((await own.gradient(w, rows, { from, to })).gradient);
          return gradients;
        },
        trustedLoss: async (w) => (await own.cleanGradient(w, partition.trusted)).loss,
      });
      state = next.state;
      record = { ...record, tick, totals: addTotals(record.totals, next.report) };
      if (isScored(tick, online.scoreEvery, online.ticks))
        record = { ...record, curve: [...record.curve, { tick, ...(await scoreOf(game, state.w)) }] };
      if (tick % ticksBetweenCheckpoints === 0 || tick === online.ticks) keep();
      game.reporter.progress(tick / online.ticks, { accuracy: record.curve.at(-1)?.accuracy ?? 0 });
    }
  } catch (error) {
    if (!(error instanceof TheriacError) || error.detail.code !== 'ABORTED') throw error;
    record = { ...record, status: 'diverged' };
    game.reporter.note(`${key}: diverged at tick ${state.tick + 1} (${error.message})`);
    keep();
  } finally {
    await Promise.all([own.close(), attacker?.close()]);
  }
  return record;

  function keep(): void {
    const file = `checkpoints/${key}.state-${state.tick}.safetensors`;
    const status = record.status === 'running' && state.tick === online.ticks ? 'played' : record.status;
    record = { ...record, status, state: run.writeFile(file, encodeOnlineState(state, online.ticks, key)) };
    if (status === 'running') keepRunning(game, key, { ...record, status });
    else keepDone(game, key, record);
  }
}

const none: StageCounts = { arrived: 0, admitted: 0, trained: 0, weight: 0 };

function firstRecord({ accuracy, loss }: Start): TrajectoryRecord {
  return {
    status: 'running',
    tick: 0,
    curve: [{ tick: 0, accuracy, loss }],
    totals: { honest: none, poison: none, rolledBack: 0 },
    state: { file: '', sha256: '', size: 0 },
  };
}

function addTotals(totals: Totals, { honest, poison, rolledBack }: TickReport): Totals {
  const sum = (a: StageCounts, b: StageCounts): StageCounts => ({
    arrived: a.arrived + b.arrived,
    admitted: a.admitted + b.admitted,
    trained: a.trained + b.trained,
    weight: a.weight + b.weight,
  });
  return {
    honest: sum(totals.honest, honest),
    poison: sum(totals.poison, poison),
    rolledBack: totals.rolledBack + (rolledBack ? 1 : 0),
  };
}
