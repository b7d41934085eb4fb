/** One sitting: the services are seated, connected and described; everything is put away at the end, however it ends. */
import { count, countUnderWay, startTelemetry, withSpan } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import type { GameSettings } from '../arguments/game-settings';
import type { Descriptions } from '../arguments/from-describe';
import { connectPlayers, describePlayers } from '../driver/connect-players';
import type { Players, Role } from '../driver/players';
import { seatPlayers } from '../embedded/table';
import type { Addresses } from '../embedded/table';
import { warnOfPlaintext } from './plaintext-warning';

export interface Sitting {
  readonly players: Players;
  readonly signal: AbortSignal;
  /** Whether every service was started here, from the code that is built here. */
  readonly embedded: boolean;
  /** Asks all three what they offer. */
  describe(): Promise<Descriptions>;
  /** Writes the logs of services that were started here to this folder. */
  logTo(folder: string): void;
}

export interface SittingOptions {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean | undefined;
  /** Folder of our certificate, for mutual TLS to services that were started elsewhere. */
  readonly tls?: string | undefined;
  /** Who is needed; the others are not started. */
  readonly wanted?: readonly Role[];
}

/** Runs `work` with the services it needs. Ctrl-C and SIGTERM cancel it; a second one ends at once. */
export async function withSitting<T>(options: SittingOptions, work: (sitting: Sitting) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const release = cancelOnSignals(controller);
  const telemetry = startTelemetry('theriac-cli');
  try {
    const { allowPlaintext = false, tls } = options;
    if (allowPlaintext && tls === undefined) warnOfPlaintext(options.addresses);
    const table = await seatPlayers(options.addresses, options.wanted, { allowPlaintext, tls });
    const players = connectPlayers(addressesOrNone(table.addresses), { allowPlaintext, tls, restart: table.restart });
    try {
      const { signal } = controller;
      if (signal.aborted) throw signal.reason;
      return await work({
        players,
        signal,
        embedded: Object.keys(options.addresses).length === 0,
        describe: () => describePlayers(players, { signal }),
        logTo: table.logTo,
      });
    } finally {
      players.close();
      await table.close();
    }
  } finally {
    release();
    await telemetry.stop();
  }
}

/** The root of a game's trace: everything from the first question to the report lies under it. Counts the game by its outcome. */
export async function withGameSpan<T>(
  { game, attack }: Pick<GameSettings, 'game' | 'attack'>,
  work: Parameters<typeof withSpan<T>>[2],
): Promise<T> {
  const attributes = {
    'theriac.dataset': game.dataset,
    'theriac.model': game.model,
    'theriac.attack': attack?.id ?? 'none',
  };
  let outcome = 'finished';
  countUnderWay('gamesUnderWay', 1, attributes);
  try {
    return await withSpan('game', attributes, work);
  } catch (error) {
    outcome = error instanceof TheriacError && error.detail.code === 'CANCELLED' ? 'cancelled' : 'failed';
    throw error;
  } finally {
    countUnderWay('gamesUnderWay', -1, attributes);
    count('games', 1, { ...attributes, 'theriac.outcome': outcome });
  }
}

/** A player nobody wanted has no address; one that cannot be reached stands in. */
function addressesOrNone(addresses: Readonly<Record<Role, string>>): Record<Role, string> {
  const absent = 'unix:/nonexistent/theriac';
  return {
    trainer: addresses.trainer || absent,
    attacker: addresses.attacker || absent,
    evaluator: addresses.evaluator || absent,
  };
}

const showCursor = '\u001b[?25h';

/** Ctrl-C and SIGTERM abort; a second one ends the process at once. Gives what stops listening. */
export function cancelOnSignals(controller: AbortController): () => void {
  let asked = 0;
  const cancel = (): void => {
    asked += 1;
    if (asked > 1) {
      if (process.stderr.isTTY) process.stderr.write(showCursor);
      process.exit(130);
    }
    controller.abort(new TheriacError('interrupted', { code: 'CANCELLED' }));
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  return () => {
    process.removeListener('SIGINT', cancel);
    process.removeListener('SIGTERM', cancel);
  };
}
