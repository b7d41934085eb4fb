/** What the attacker computes, over plain data. The loop here owns budget, Gamma, progress and verdict; attacks own mathematics. */
import { boardShelf, runSlice } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import type { Oracles } from '@theriac/game';
import { createOracles } from '@theriac/game/engine';
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
  const oraclesOf = new WeakMap<Board, Oracles>();

  function oraclesFor(board: Board): Oracles {
    const found = oraclesOf.get(board) ?? createOracles(board.model);
    oraclesOf.set(board, found);
    return found;
  }

  return {
    describe: () => engine(),
    async craft(input, context) {
      const backend = await engine();
      const board = await boardFor(input.game);
      const work = crafting(input, board, oraclesFor(board), backend);
      return runSlice(work, input.state, input.sliceSeconds, context);
    },
    async corrupt(input, context) {
      await engine();
      const board = await boardFor(input.game);
      return runSlice(corruption(input, board, oraclesFor(board)), input.state, input.sliceSeconds, context);
    },
  };
}
