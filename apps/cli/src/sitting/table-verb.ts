/** What `theriac table` does: reads the table, plays what is missing, renders it from cards. */
import { join } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import { canonicalJson } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import { oneOf } from '../arguments/game-settings';
import { readNumber } from '../arguments/numbers';
import { writeFileAtomic } from '../driver/atomic-file';
import type { Reporter } from '../driver/reporter';
import type { Addresses } from '../embedded/table';
import { createReporter } from '../presentation/progress';
import { profileNames } from '../tables/cell-file';
import type { CellFile, ProfileName } from '../tables/cell-file';
import { findState, glanceAt } from '../tables/cell-state';
import { commitResults } from '../tables/committed';
import type { CellState, Surroundings } from '../tables/cell-state';
import { listText } from '../tables/listing';
import { tableMarkdown } from '../tables/markdown';
import { neighboursOf } from '../tables/neighbours';
import { tablePage } from '../tables/page';
import { expectedSeconds, planText } from '../tables/plan';
import { playCell, probeCell } from '../tables/play-cell';
import { playTasks } from '../tables/play-table';
import type { CellTask } from '../tables/play-table';
import { experimentsFolder, readTable, selectCells } from '../tables/table-folder';
import type { Table } from '../tables/table-folder';
import { tableDocument } from '../tables/table-document';
import type { TableFlags } from '../verbs/table';
import { dataShelf } from './data-shelf';
import type { DataShelf } from './data-shelf';
import { shortPath } from './show-card';
import { withSitting } from './sitting';
import type { Sitting } from './sitting';

export interface TableRequest extends TableFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Lists the tables, or plays and renders one. Throws ABORTED at the end where cells failed. */
export async function tableVerb(name: string | undefined, request: TableRequest): Promise<void> {
  const experiments = request.experiments ?? experimentsFolder;
  const json = request.json === true;
  if (name === undefined) {
    process.stdout.write(listText(experiments, json));
    return;
  }
  const ways = (['plan', 'probe', 'render'] as const).filter(
    (way) => ![undefined, false].includes(request[way] as never),
  );
  if (ways.length > 1) throw invalid(`--${ways[0]}`, `with --${ways[1]}`, 'one of --plan, --probe, --render');
  const profile = oneOf('profile', request.profile, profileNames);
  const seconds =
    request.probe === undefined ? undefined : readNumber('probe', request.probe, { above: 0, maximum: 60 });
  const table = readTable(experiments, name);
  const chosen = selectCells(table.cells, request.cells ?? []);
  const reporter = createReporter({ quiet: request.quiet === true, json });
  const states = await settleStates({ table, profile, chosen, request, reporter, seconds });
  if (request.keep === true) commitResults(table, profile, states);
  if (request.plan === true) {
    const asked = states.filter(({ cell }) => chosen.includes(cell));
    process.stdout.write(json ? canonicalJson(tableDocument(table, profile, asked)) : planText(asked));
    return;
  }
  show(table, profile, states, request);
  requireAll(
    states.filter(({ failed }) => failed),
    chosen.length,
  );
}

interface Sought {
  readonly table: Table;
  readonly profile: ProfileName;
  readonly chosen: readonly CellFile[];
  readonly request: TableRequest;
  readonly reporter: Reporter;
  /** Seconds of a probe; undefined to play. */
  readonly seconds: number | undefined;
}

/** The state of every cell of the table, after what was asked for has been played. Services that died are started again. */
async function settleStates(sought: Sought): Promise<CellState[]> {
  const { table, chosen, request, reporter } = sought;
  const shelf = dataShelf(request.addresses, reporter);
  const states = new Map<string, CellState>();
  const settle = (id: string, outcome: Partial<CellState>): void => {
    const before = states.get(id);
    if (before !== undefined) states.set(id, { ...before, ...outcome });
  };
  const fresh = request.fresh === true && request.plan !== true && request.render !== true;
  let waiting: readonly string[] = chosen.map(({ id }) => id);
  let total = 0;
  while (waiting.length > 0)
    waiting = await withSitting(request, async (sitting) => {
      const around = await surroundings(sought, sitting, shelf);
      if (states.size === 0)
        for (const cell of table.cells)
          states.set(
            cell.id,
            chosen.includes(cell) ? await findState(cell, around, fresh) : await glanceAt(cell, around),
          );
      const tasks = tasksOf(sought, states, sitting, shelf).filter(({ id }) => waiting.includes(id));
      total = Math.max(total, tasks.length);
      const left = await playTasks(
        tasks,
        reporter,
        settle,
        { ends: interrupted, gone: () => sitting.signal.aborted },
        { before: total - tasks.length, of: total },
      );
      return left.map(({ id }) => id);
    });
  reporter.end();
  return [...states.values()];
}

async function surroundings(
  { table, profile, request }: Sought,
  sitting: Sitting,
  shelf: DataShelf,
): Promise<Surroundings> {
  return {
    table,
    profile,
    runsDir: request.runsDir,
    datasets: datasetCatalogue().map(({ id }) => id),
    found: await sitting.describe(),
    digestOf: async ({ game }) => (await shelf.open(game.dataset, game.trainLimit))?.digest ?? null,
    neighbours: neighboursOf(table),
  };
}

function tasksOf(
  { chosen, profile, request, seconds }: Sought,
  states: ReadonlyMap<string, CellState>,
  sitting: Sitting,
  shelf: DataShelf,
): CellTask[] {
  if (request.plan === true || request.render === true) return [];
  return chosen.flatMap(({ id }): CellTask[] => {
    const state = states.get(id);
    const prepared = state?.prepared;
    if (state === undefined || (state.measured !== undefined && seconds === undefined)) return [];
    if (prepared === undefined)
      return [{ id, expectedSeconds: 0, play: async () => ({ failed: true, reason: state.reason }) }];
    const { game } = prepared.work.settings;
    const { runsDir, fresh = false } = request;
    return [
      {
        id,
        expectedSeconds: seconds === undefined ? expectedSeconds(state) : undefined,
        play: async (reporter: Reporter) => {
          const data = await shelf.open(game.dataset, game.trainLimit);
          const run = { sitting, reporter, runsDir, profile, data, fresh };
          if (seconds !== undefined) return { probed: await probeCell(id, prepared, run, seconds) };
          return { measured: await playCell(id, prepared, run), from: 'played' as const };
        },
      },
    ];
  });
}

const interrupted = (error: unknown): boolean => error instanceof TheriacError && error.detail.code === 'CANCELLED';

function show(table: Table, profile: ProfileName, states: readonly CellState[], request: TableRequest): void {
  const folder = request.output ?? join(request.runsDir, 'tables');
  const path = join(folder, `${table.name}-${profile}`);
  const markdown = tableMarkdown(table, profile, states);
  writeFileAtomic(`${path}.md`, markdown);
  writeFileAtomic(`${path}.html`, tablePage(table, profile, states));
  process.stdout.write(
    request.json === true
      ? canonicalJson(tableDocument(table, profile, states))
      : `${markdown}\nTable: ${shortPath(path)}.html and .md\n`,
  );
}

function requireAll(failed: readonly CellState[], of: number): void {
  if (failed.length === 0) return;
  throw new TheriacError(`${failed.length} of ${of} cells failed`, {
    code: 'ABORTED',
    field: 'cells',
    found: failed.map(({ cell }) => cell.id).join(', '),
    remedy: 'The table says why; the same command goes on with what is missing.',
  });
}
