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
    client?: string,
  ): Session;
  /** Throws NOT_FOUND when it is unknown or its lease has run out. */
  find(id: string): Session;
  close(id: string): void;
}

interface Held {
  readonly session: Session;
  readonly leaseSeconds: number;
  readonly client: string;
  expires: number;
}

/** At most `most` sessions, and at most `mostOfOne` of one client; `now` in seconds. */
export function openSessions(
  most: number,
  mostOfOne: number = most,
  now: () => number = () => performance.now() / 1000,
): Sessions {
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
    open(board, follower, w, poison, leaseSeconds, client = '') {
      sweep();
      const own = [...held.values()].filter((entry) => entry.client === client);
      if (held.size >= most) throw tooMany('Too many sessions are open.', [...held.values()], most, now());
      if (own.length >= mostOfOne) throw tooMany('This client has too many sessions open.', own, mostOfOne, now());
      const session: Session = { id: randomUUID(), board, follower, w, poison };
      held.set(session.id, { session, leaseSeconds, client, expires: now() + leaseSeconds });
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

function tooMany(sentence: string, open: readonly Held[], most: number, now: number): TheriacError {
  const next = Math.min(...open.map(({ expires }) => expires));
  return new TheriacError(sentence, {
    code: 'RESOURCE_EXHAUSTED',
    field: 'sessions',
    found: `${open.length} open`,
    allowed: `at most ${most}`,
    remedy: 'Close a session, or wait for one to expire.',
    retryAfterSeconds: Math.min(longestHint, Math.max(1, next - now)),
  });
}

const longestHint = 10;
