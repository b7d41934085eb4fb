/** How the cards of games that were played in a cluster come here. */
import { TheriacError } from '@theriac/tensors';
import type { SweepPlan } from '../plan-file';
import { isSwept, parseSwept, readSwept, writeSwept } from '../sweep-store';
import type { SweptGame } from '../sweep-store';
import type { Cluster } from './cluster';
import type { ObjectStore } from './object-store';

export interface Cards {
  /** Brings what was played before, as far as that can be known. */
  bring(): Promise<void>;
  /** Brings the card of a game that this pod has played; undefined: it is nowhere to be read. */
  of(index: number, pod: string): Promise<SweptGame | undefined>;
}

interface Place {
  readonly plan: SweepPlan;
  readonly runsDir: string;
}

/** A volume of the cluster: the driver of each game says its card as its last line; where the volume is mounted here too, it is there. */
export function cardsInLogs({ plan, runsDir }: Place, cluster: Cluster): Cards {
  return {
    bring: () => Promise.resolve(),
    async of(index, pod) {
      const { digest } = plan.gameAt(index);
      const here = readSwept(runsDir, digest);
      if (here !== undefined) return here;
      const said = swept(await logOf(cluster, pod), digest, pod);
      if (said !== undefined) writeSwept(runsDir, said);
      return said;
    },
  };
}

/** An object store, read from here. */
export function cardsInStore({ plan, runsDir }: Place, store: ObjectStore): Cards {
  async function fetched(digest: string): Promise<SweptGame | undefined> {
    const game = await store.card(digest);
    if (game !== undefined) writeSwept(runsDir, game);
    return game;
  }
  return {
    async bring() {
      const there = new Set<string>();
      for await (const digest of store.digests()) there.add(digest);
      for (let index = 0; index < plan.count && there.size > 0; index++) {
        const { digest } = plan.gameAt(index);
        if (there.has(digest) && !isSwept(runsDir, digest)) await fetched(digest);
      }
    },
    async of(index) {
      const { digest } = plan.gameAt(index);
      return readSwept(runsDir, digest) ?? (await fetched(digest));
    },
  };
}

/** A pod that is gone has no log. */
async function logOf(cluster: Cluster, pod: string): Promise<string> {
  try {
    return await cluster.log(pod);
  } catch (error) {
    if (error instanceof TheriacError && error.detail.code === 'NOT_FOUND') return '';
    throw error;
  }
}

/** The last line that is a card; what else the driver wrote may stand around it. */
function swept(log: string, digest: string, pod: string): SweptGame | undefined {
  const line = log.split('\n').findLast((one) => one.startsWith('{') && one.includes(digest));
  return line === undefined ? undefined : parseSwept(line, digest, `the log of ${pod}`);
}
