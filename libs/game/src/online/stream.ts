/**
 * Who sends what in a tick of an online game: every tick has `perTick` rows, m of them the attacker's.
 *
 *   m = floor(alpha * perTick),   alpha in [0, 1] the attacker's share of the arrivals (our reading of the lecture's Tay example)
 *
 * Honest rows come from users drawn anew for every row, the attacker's are dealt to its accounts in turn. Ids are a seeded
 * permutation of all users and accounts, and a tick's rows are sorted by id, so that neither tells who is who.
 */
import { randomStream } from '@theriac/tensors';

/** How rows arrive. */
export interface StreamShape {
  /** Rows of a tick, honest and poison together. */
  readonly perTick: number;
  /** Honest users. */
  readonly users: number;
  /** Accounts of the attacker. */
  readonly accounts: number;
}

/** One tick's rows in the order in which the trainer sees them. */
export interface TickPlan {
  /** Id of the user who sent each row, ascending. */
  readonly users: Int32Array;
  /** Where each row comes from: >= 0 the k-th honest row of the tick, < 0 the attacker's row -1 - value. */
  readonly origin: Int32Array;
}

/** Rows of the attacker in a tick of `perTick`: floor(alpha * perTick), alpha in [0, 1]. */
export function poisonPerTick(alpha: number, perTick: number): number {
  // A share such as 0.29 of 100 is 28.999999999999996 in binary.
  return Math.floor(alpha * perTick + 1e-9);
}

/** The tick's arrivals: `honest` rows and `poison` rows, of this seed. The honest part does not depend on the attacker. */
export function planTick(seed: number, tick: number, shape: StreamShape, honest: number, poison: number): TickPlan {
  const ids = randomStream(seed, 'identities').permutation(shape.users + shape.accounts);
  const random = randomStream(seed, 'senders', tick);
  const rows = [
    ...Array.from({ length: honest }, (_, k) => ({ user: ids[random.integer(shape.users)] as number, origin: k })),
    ...Array.from({ length: poison }, (_, j) => ({
      user: ids[shape.users + (j % shape.accounts)] as number,
      origin: -1 - j,
    })),
  ];
  // Stable: a user's rows stay in the order of sending.
  rows.sort((a, b) => a.user - b.user);
  return {
    users: Int32Array.from(rows, ({ user }) => user),
    origin: Int32Array.from(rows, ({ origin }) => origin),
  };
}

/** A user's rows [from, to) in an order sorted by user. */
export interface UserBlock {
  readonly user: number;
  readonly from: number;
  readonly to: number;
}

/** The blocks of equal users, in order. */
export function userBlocks(users: Int32Array): UserBlock[] {
  const blocks: UserBlock[] = [];
  for (let from = 0; from < users.length;) {
    let to = from + 1;
    while (to < users.length && users[to] === users[from]) to++;
    blocks.push({ user: users[from] as number, from, to });
    from = to;
  }
  return blocks;
}
