/** What the attacker computes, over plain data. The loop here owns budget, Gamma, progress and verdict; attacks own mathematics. */
import { boardShelf, derivativesShelf, runSlice, storedValues } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import type { GameSpec } from '@theriac/contract/game';
import type { Follower } from '@theriac/game';
import type { ComputeHandlers } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import type { BackendReport } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import type { RemoteFollower } from '../follower/remote-follower';
import type { TrainerAt } from '../follower/trainer-at';
import { corruption } from './corruption';
import { attackFor, crafting } from './crafting';
import type { AttackerMethods } from './methods';

type CraftInput = AttackerMethods['craft']['input'];

/** The attacker's compute methods. They keep boards and compiled graphs of the games in use. */
export function attackerCompute(settings: PlayerSettings): ComputeHandlers<AttackerMethods> {
  const engine = (): Promise<BackendReport> => startBackend(settings.engine);
  // The engine warms up while the first request is on its way; a failure is told to whoever calls first.
  engine().catch(() => undefined);
  const boardFor = boardShelf(settings.dataDirectory);
  const derivativesOf = derivativesShelf();

  let trainer: Promise<TrainerAt> | undefined;

  /** A follower at the trainer of the settings. Throws FAILED_PRECONDITION where there is none. */
  async function remoteFor(
    { attack, game }: CraftInput,
    board: Board,
    backend: BackendReport,
  ): Promise<RemoteFollower> {
    const address = settings.trainer;
    if (address === undefined) throw noTrainer();
    trainer ??= import('../follower/trainer-at.js').then(({ trainerAt }) => trainerAt(address));
    const spec = game as GameSpec; // the board was set from it
    const toStored = (x: Float32Array): Float32Array => storedValues(board, x);
    return (await trainer).followerFor(attackFor(attack, backend), { spec, toStored });
  }

  return {
    describe: () => engine(),
    async craft(input, context) {
      const backend = await engine();
      const board = await boardFor(input.game);
      const derivatives = derivativesOf(board);
      const slice = (follower: Follower) => {
        const work = crafting(input, board, { oracles: derivatives.oracles, follower }, backend);
        return runSlice(work, input.state, input.sliceSeconds, context);
      };
      if (input.follower !== 'remote') return slice(derivatives.follower);
      const remote = await remoteFor(input, board, backend);
      try {
        return await slice(remote);
      } finally {
        await remote.close();
      }
    },
    async corrupt(input, context) {
      await engine();
      const board = await boardFor(input.game);
      return runSlice(corruption(input, board, derivativesOf(board).oracles), input.state, input.sliceSeconds, context);
    },
  };
}

function noTrainer(): TheriacError {
  return new TheriacError('This attacker knows no trainer to follow.', {
    code: 'FAILED_PRECONDITION',
    field: 'follower',
    found: 'remote',
    allowed: 'local',
    remedy: 'Start the attacker with --trainer ADDRESS (or THERIAC_TRAINER), or craft with the local follower.',
  });
}
