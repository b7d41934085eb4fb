/** The derivatives of the boards in use: compiled graphs and rows in the engine, freed when a board is no longer among them. */
import type { Oracles } from '@theriac/game';
import { createOracles, localFollower } from '@theriac/game/engine';
import type { LocalFollower } from '@theriac/game/engine';
import type { Board } from './board';

/** What computes derivatives of a board's model over its rows. */
export interface Derivatives {
  readonly oracles: Oracles;
  readonly follower: LocalFollower;
}

/** Derivatives by board, those of the last `kept` boards. What was freed can be used again, at the price of compiling anew. */
export function derivativesShelf(kept = 2): (board: Board) => Derivatives {
  const held = new Map<string, Derivatives>();
  return (board) => {
    const found = held.get(board.key) ?? derivativesOf(board);
    held.delete(board.key);
    held.set(board.key, found);
    for (const [oldest, { oracles, follower }] of held) {
      if (held.size <= kept) break;
      follower.dispose();
      oracles.dispose();
      held.delete(oldest);
    }
    return found;
  };
}

function derivativesOf({ model, clean }: Board): Derivatives {
  const oracles = createOracles(model);
  return { oracles, follower: localFollower(oracles, clean) };
}
