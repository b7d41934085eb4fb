/** Work that outlasts the services it needs: where one is lost, it is found again or replaced, and the work is done anew. */
import { repeatedly } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import type { Game } from './game';
import type { Happening, Players, Role } from './players';
import type { Task } from './table-of-work';

/**
 * Does `work`, which begins from what is recorded, with services of these roles. A change of `progress` between two failures
 * gives it all its attempts again. Throws the last error.
 */
export async function persistently<T>(
  { players, signal }: { readonly players: Players; readonly signal: AbortSignal },
  roles: readonly Role[],
  label: string,
  work: () => Promise<T>,
  progress: () => unknown = () => 0,
): Promise<T> {
  const tell = (happening: Happening): void => players.watchers.forEach((watch) => watch(happening));
  let lostAt: number | undefined;
  let ended = '';

  async function recover(since: number): Promise<void> {
    for (const role of roles) {
      const { how, why } = await players[role].recover(signal);
      if (why !== '') ended = `the ${role} ${why}`;
      const afterSeconds = (performance.now() - since) / 1000;
      tell({ kind: 'recovered', label, role, address: players[role].address, how, why, afterSeconds });
    }
  }

  try {
    return await repeatedly(
      async () => {
        if (lostAt !== undefined) await recover(lostAt);
        lostAt = undefined;
        return work();
      },
      {
        patience: players.patience,
        signal,
        progress,
        onFailure({ error, failures, waitSeconds }) {
          lostAt ??= performance.now();
          tell({ kind: 'lost', label, why: sentenceOf(error), failures, of: players.patience.attempts, waitSeconds });
        },
      },
    );
  } catch (error) {
    // What became of a service says more than that it could not be reached.
    if (ended === '' || !(error instanceof TheriacError) || error.detail.code !== 'UNAVAILABLE') throw error;
    throw new TheriacError(`${ended} again and again`, { ...error.detail, found: sentenceOf(error) });
  }
}

/** Plays a step that goes on from its own record, whatever becomes of the services that it needs. */
export function playOutlasting<T>(
  game: Pick<Game, 'manifest' | 'players' | 'run' | 'signal'>,
  task: { readonly kind: Task['kind'] | 'corrupt'; readonly key: string; readonly label: string },
  step: () => Promise<T>,
): Promise<T> {
  const follows = game.manifest.attack?.follower === 'remote';
  const needed: Record<typeof task.kind, readonly Role[]> = {
    training: ['trainer', 'evaluator'],
    craft: follows ? ['trainer', 'attacker'] : ['attacker'],
    verify: ['evaluator'],
    corrupt: ['attacker', 'evaluator'],
  };
  const recorded = (): string => JSON.stringify(game.run.readRecord(task.key) ?? null);
  return persistently(game, needed[task.kind], task.label, step, recorded);
}

/** Writes what befalls the services into the game's events and before the user, until the game is over. */
export function watchServices({
  players,
  events,
  reporter,
}: Pick<Game, 'players' | 'events' | 'reporter'>): () => void {
  const watch = (happening: Happening): void => {
    const { kind, ...fields } = happening;
    events.write({ event: kind, ...fields });
    reporter.note(textOf(happening));
  };
  players.watchers.add(watch);
  return () => void players.watchers.delete(watch);
}

function textOf(happening: Happening): string {
  if (happening.kind === 'recovered') {
    const { role, how, why, address, label } = happening;
    const found = {
      same: 'answers',
      moved: `is now the one at ${address}`,
      restarted: `${why} and was started anew`,
    }[how];
    return `the ${role} ${found}: ${label} goes on from its last checkpoint`;
  }
  const { label, why, failures, of, waitSeconds } = happening;
  const attempt = failures === 0 ? 'again' : `attempt ${failures + 1} of ${of}`;
  return `${label}: ${why} ${attempt} in ${waitSeconds.toFixed(1)} s`;
}

/** The message without its remedy: nobody has to do anything yet. */
function sentenceOf({ message, detail }: TheriacError): string {
  return message.replace(detail.remedy ?? '', '').trim();
}
