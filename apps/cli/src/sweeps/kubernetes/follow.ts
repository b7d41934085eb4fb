/** Objects of a cluster as they change: listed once, then watched from that version on, through all that breaks a watch. */
import { setTimeout as delay } from 'node:timers/promises';
import { TheriacError } from '@theriac/tensors';

export interface Page<T> {
  readonly items: readonly T[];
  /** Version of the whole list, from which a watch goes on. */
  readonly version: string;
  /** Where the next page begins; undefined: this is the last. */
  readonly next: string | undefined;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly code?: number;
    readonly message?: string;
    readonly metadata?: { resourceVersion?: string };
  };
}

export interface Source<T> {
  list(next: string | undefined): Promise<Page<T>>;
  /** Resolves when the server ends the watch, or `signal` aborts; "expired": the version is too old. Throws what the cluster answers. */
  watch(version: string, onEvent: (event: WatchEvent) => void, signal: AbortSignal): Promise<'ended' | 'expired'>;
}

export interface Follower<T> {
  readonly signal: AbortSignal;
  /** Everything there is comes again. */
  onList(): void;
  onObject(object: T, deleted: boolean): void;
  /** The cluster does not answer; it is asked again. */
  onTrouble(error: TheriacError): void;
}

const gone = 410;
/** How long a cluster may be away, and the waits between two questions, seconds. */
const patience = { away: 600, first: 0.5, longest: 30 };

/** Follows until `signal` aborts. Throws what the cluster refuses, and UNAVAILABLE when it has been away for ten minutes. */
export async function follow<T>(source: Source<T>, follower: Follower<T>): Promise<void> {
  const { signal } = follower;
  let version: string | undefined;
  let since = performance.now();
  let wait = patience.first;
  while (!signal.aborted) {
    try {
      version ??= await listed(source, follower);
      const from = version;
      version = await watched(source, follower, version);
      if (version === from) await pause(patience.first, signal); // a server that ends every watch at once is not pressed
      [since, wait] = [performance.now(), patience.first];
    } catch (error) {
      if (signal.aborted) return;
      const away = (performance.now() - since) / 1000;
      const transient = error instanceof TheriacError && error.detail.code === 'UNAVAILABLE';
      if (!transient || away > patience.away) throw error;
      if (wait === patience.first) follower.onTrouble(error);
      await pause(wait, signal);
      wait = Math.min(2 * wait, patience.longest);
    }
  }
}

/** Every page of what there is; gives the version to watch from. */
async function listed<T>(source: Source<T>, follower: Follower<T>): Promise<string> {
  follower.onList();
  for (let next: string | undefined; ;) {
    const page = await source.list(next);
    for (const item of page.items) follower.onObject(item, false);
    next = page.next;
    if (next === undefined) return page.version;
  }
}

/** Watches once; gives the version to go on from, undefined where everything has to be listed anew. */
async function watched<T>(source: Source<T>, follower: Follower<T>, from: string): Promise<string | undefined> {
  let version: string | undefined = from;
  let fault: TheriacError | undefined;
  const onEvent = ({ type, object }: WatchEvent): void => {
    if (type === 'ERROR') {
      if (object.code === gone) version = undefined;
      else fault = new TheriacError(`the watch broke: ${object.message ?? 'no reason'}`, { code: 'UNAVAILABLE' });
      return;
    }
    if (version !== undefined) version = object.metadata?.resourceVersion ?? version;
    if (type !== 'BOOKMARK') follower.onObject(object as T, type === 'DELETED');
  };
  const end = await source.watch(from, onEvent, follower.signal);
  if (fault !== undefined) throw fault;
  return end === 'expired' ? undefined : version;
}

async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
