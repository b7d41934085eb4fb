import { randomUUID } from 'node:crypto';
import type { Board } from '@theriac/board';
import type { RowData, Rows } from '@theriac/game';
import type { LocalFollower } from '@theriac/game/engine';
import { TheriacError } from '@theriac/tensors';

/** A game held open at parameters w, so that its oracles need no data transfer. */
export interface Session {
  readonly id: string;
  readonly board: Board;
  readonly follower: LocalFollower;
  w: Float32Array;
  poison: SessionPoison | undefined;
}

/** The poison of a session. */
export interface SessionPoison {
  readonly nu: Rows;
  /** chi, where the poison replaces rows of mu; undefined where it is added to them. */
  readonly chi: RowData | undefined;
}

/** Open sessions, each with a lease that every call renews. */
export interface Sessions {
  open(
    board: Board,
    follower: LocalFollower,
    w: Float32Array,
    poison: SessionPoison | undefined,
    leaseSeconds: number,
  ): Session;
  /** Throws NOT_FOUND when it is unknown or its lease has run out. */
  find(id: string): Session;
  close(id: string): void;
}

interface Held {
  readonly session: Session;
  readonly leaseSeconds: number;
  expires: number;
}

/** At most `most` sessions; `now` in seconds. */
export function openSessions(most: number, now: () => number = () => performance.now() / 1000): Sessions {
  const held = new Map<string, Held>();

  function sweep(): void {
    for (const [id, { expires }] of held) if (expires < now()) held.delete(id);
  }

  function found(id: string): Held {
    sweep();
    const entry = held.get(id);
    if (entry === undefined)
      throw new TheriacError('The session is unknown or has expired.', {
        code: 'NOT_FOUND',
        field: 'session_id',
        found: id || '(empty)',
        allowed: 'a session that OpenSession returned and that was used within its lease',
        remedy: 'Open a new session.',
      });
    return entry;
  }

  return {
    open(board, follower, w, poison, leaseSeconds) {
      sweep();
      if (held.size >= most)
        throw new TheriacError('Too many sessions are open.', {
          code: 'RESOURCE_EXHAUSTED',
          field: 'sessions',
          found: `${held.size} open`,
          allowed: `at most ${most}`,
          remedy: 'Close a session, or wait for one to expire.',
        });
      const session: Session = { id: randomUUID(), board, follower, w, poison };
      held.set(session.id, { session, leaseSeconds, expires: now() + leaseSeconds });
      return session;
    },
    find(id) {
      const entry = found(id);
      entry.expires = now() + entry.leaseSeconds;
      return entry.session;
    },
    close(id) {
      found(id);
      held.delete(id);
    },
  };
}
