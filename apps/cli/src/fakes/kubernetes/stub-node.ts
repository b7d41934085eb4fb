/** A node whose pods play nothing: each says the card of its game, or fails as it is told to. */
import { once } from 'node:events';
import type { ResultCard } from '@theriac/game';
import { parsePlan } from '../../sweeps/plan-file';
import { gamesFile, planFile } from '../../sweeps/kubernetes/job';
import { parseRanges } from '../../sweeps/kubernetes/ranges';
import type { SweptGame } from '../../sweeps/sweep-store';
import type { ObjectTable } from './object-table';
import type { Node, PodOutcome, PodTask } from './job-controller';

export interface StubNode extends Node {
  table: ObjectTable | undefined;
  /** What becomes of a pod of this game; undefined: it plays. */
  fate: (game: number, task: PodTask) => PodOutcome | undefined | Promise<PodOutcome | undefined>;
  refusePod: () => string | undefined;
  /** The games of the pods that ran, in order. */
  readonly played: number[];
}

const deleted: PodOutcome = { kind: 'disrupted', reason: 'Deleted', message: 'the Job is gone' };
const none = { mean: null, sd: null, values: [] };

/** A card with nothing measured. */
export const emptyCard = (index: number): ResultCard =>
  ({
    protocols: [{ name: `protocol-${index}`, seeds: [1], clean: none, poisoned: none, drop: none }],
    poisonCount: index,
    seconds: { craft: 1, total: 2 },
    flags: [],
  }) as unknown as ResultCard;

export function createStubNode(): StubNode {
  const node: StubNode = {
    table: undefined,
    fate: () => undefined,
    refusePod: () => undefined,
    played: [],
    async run(task) {
      const name = task.spec.volumes?.find(({ configMap }) => configMap !== undefined)?.configMap?.name ?? '';
      const data = node.table?.get('ConfigMap', task.namespace, name)?.['data'] as Record<string, string>;
      const plan = parsePlan(data[planFile] ?? '', planFile, ['synthetic-digits']);
      const game = parseRanges(data[gamesFile] ?? '', gamesFile).at(task.index) ?? -1;
      node.played.push(game);
      const fate = await orDeleted(node.fate(game, task), task.signal);
      if (fate !== undefined) return fate;
      const swept: SweptGame = {
        version: 1,
        digest: plan.gameAt(game).digest,
        run: `run-${game}`,
        card: emptyCard(game),
      };
      // Other lines stand around it.
      return { kind: 'exit', code: 0, log: `a warning\n${JSON.stringify(swept)}\nanother {warning}\n` };
    },
  };
  return node;
}

/** What becomes of a pod, unless it is deleted meanwhile. */
async function orDeleted<T>(fate: T | Promise<T>, signal: AbortSignal): Promise<T | PodOutcome> {
  const over = new AbortController();
  const gone = once(signal, 'abort', { signal: over.signal }).then(() => deleted);
  gone.catch(() => undefined); // nobody waits for it any more
  try {
    return await Promise.race([fate, gone]);
  } finally {
    over.abort();
  }
}
