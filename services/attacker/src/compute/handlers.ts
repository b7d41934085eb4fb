/** What the attacker computes, over plain data. The loop here owns budget, Gamma, progress and verdict; attacks own mathematics. */
import { boardShelf, derivativesShelf, runSlice } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import type { ComputeHandlers } from '@theriac/service-kit';
import type { BackendReport } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { corruption } from './corruption';
import { crafting } from './crafting';
import type { AttackerMethods } from './methods';

/** The attacker's compute methods. They keep boards and compiled graphs of the games in use. */
export function attackerCompute(settings: PlayerSettings): ComputeHandlers<AttackerMethods> {
  const engine = (): Promise<BackendReport> => startBackend(settings.engine);
  // The engine warms up while the first request is on its way; a failure is told to whoever calls first.
  engine().catch(() => undefined);
  const boardFor = boardShelf(settings.dataDirectory);
  const derivativesOf = derivativesShelf();

  return {
    describe: () => engine(),
    async craft(input, context) {
      const backend = await engine();
      const board = await boardFor(input.game);
      const work = crafting(input, board, derivativesOf(board), backend);
      return runSlice(work, input.state, input.sliceSeconds, context);
    },
    async corrupt(input, context) {
      await engine();
      const board = await boardFor(input.game);
      return runSlice(corruption(input, board, derivativesOf(board).oracles), input.state, input.sliceSeconds, context);
    },
  };
}
