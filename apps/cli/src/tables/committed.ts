/** What is committed with a table: its measured cards, its probes, and the table rendered from them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@theriac/game';
import type { GameSettings } from '../arguments/game-settings';
import { readIfThere, writeFileAtomic } from '../driver/atomic-file';
import type { CellFile, ProfileName } from './cell-file';
import { cellKinds } from './cell-file';
import type { CellState } from './cell-state';
import type { CellWork } from './cell-work';
import { entriesOf } from './entries';
import { tableMarkdown } from './markdown';
import { readDocument, resultsFolder, writeDocument } from './measured-cell';
import type { MeasuredCell, ProbedCell } from './measured-cell';
import { hasOwnPlot, plotFile } from './plot';
import type { Table } from './table-folder';

/** Every cell as its committed documents have it. */
export function committedStates(table: Table, profile: ProfileName): CellState[] {
  const folder = resultsFolder(table.folder, profile);
  return table.cells.map((cell) => {
    const measured = readDocument<MeasuredCell>(folder, cell.id, cellKinds);
    return {
      cell,
      prepared: undefined,
      measured,
      from: measured === undefined ? undefined : 'committed',
      probed: readDocument<ProbedCell>(folder, `${cell.id}.probe`, ['probe']),
      reason: undefined,
      failed: false,
    };
  });
}

/** Whether anything of a profile is committed. */
export function isCommitted(table: Table, profile: ProfileName): boolean {
  return existsSync(resultsFolder(table.folder, profile));
}

/** Puts what was measured or probed among the committed documents, and renders the table from all of these. */
export function commitResults(table: Table, profile: ProfileName, states: readonly CellState[]): void {
  const folder = resultsFolder(table.folder, profile);
  for (const { cell, measured, from, probed } of states) {
    if (measured !== undefined && from !== 'committed') writeDocument(folder, cell.id, measured);
    if (probed !== undefined) writeDocument(folder, `${cell.id}.probe`, probed);
  }
  if (!isCommitted(table, profile)) return;
  writeFileAtomic(renderedFile(table, profile), renderedText(table, profile));
  const plot = plotText(table, profile);
  if (plot !== undefined) writeFileAtomic(plotPath(table, profile), plot);
}

/** The committed table's text, as it has to be. */
export function renderedText(table: Table, profile: ProfileName): string {
  return tableMarkdown(table, profile, committedStates(table, profile));
}

/** The committed table's text, as it is; undefined where there is none. */
export function renderedFound(table: Table, profile: ProfileName): string | undefined {
  return readIfThere(renderedFile(table, profile))?.toString('utf8');
}

/** The committed plot, as it has to be; undefined where the table has none of its own. */
export function plotText(table: Table, profile: ProfileName): string | undefined {
  const entries = entriesOf(table, profile, committedStates(table, profile));
  return hasOwnPlot(table, entries) ? plotFile(table, entries) : undefined;
}

/** The committed plot, as it is; undefined where there is none. */
export function plotFound(table: Table, profile: ProfileName): string | undefined {
  return readIfThere(plotPath(table, profile))?.toString('utf8');
}

const plotPath = (table: Table, profile: ProfileName): string => join(table.folder, 'results', `${profile}.svg`);
const renderedFile = (table: Table, profile: ProfileName): string => join(table.folder, 'results', `${profile}.md`);

/** What a manifest has otherwise than a cell asks for, as far as that can be told without services. */
export function contradictions({ file }: CellFile, work: CellWork, manifest: Manifest): string[] {
  const { game, attack, poisonFraction, constraint, defence, protocols, attackerProtocol, attackSeed, seeds } =
    askedOf(work);
  const asked: [string, unknown, unknown][] = [
    ['game', game, manifest.game],
    ['attack', attack?.id, manifest.attack?.id],
    ['poison-fraction', poisonFraction === Infinity ? 1 : poisonFraction, manifest.poisonFraction],
    ['constraint', constraint, manifest.constraint],
    ['defence', defenceIds(defence), defenceIds(manifest.defence)],
    ['seed', attackSeed, manifest.attackSeed],
    ['seeds', seeds, manifest.seeds],
    ...(work.kind === 'online' && 'online' in manifest
      ? ([['online', work.stream.online, manifest.online]] as [string, unknown, unknown][])
      : []),
    ...(protocols === undefined
      ? []
      : ([['protocols', protocols, manifest.protocols]] as [string, unknown, unknown][])),
    ...(attackerProtocol === undefined
      ? []
      : ([['attacker-protocol', attackerProtocol, manifest.attackerProtocol]] as [string, unknown, unknown][])),
    ...Object.entries(attack?.given ?? {}).map(([name, value]): [string, unknown, unknown] => [
      `options.${name}`,
      value,
      String(manifest.attack?.options[name]),
    ]),
  ];
  return asked
    .filter(([, wanted, found]) => JSON.stringify(sorted(wanted)) !== JSON.stringify(sorted(found)))
    .map(
      ([key, wanted, found]) => `${file}: ${key} is ${JSON.stringify(wanted)}, its card has ${JSON.stringify(found)}`,
    );
}

/** The settings whose manifest a card has: those of an online game stand partly beside its game's. */
function askedOf(work: CellWork): GameSettings {
  if (work.kind !== 'online') return work.settings;
  const { game, attack, share, validation } = work.stream;
  const given = Object.fromEntries(Object.entries(attack.options).map(([name, value]) => [name, String(value)]));
  return {
    ...game,
    game: { ...game.game, validationCount: validation },
    attack: { id: attack.id, given },
    poisonFraction: share,
  };
}

/** Which defences a chain names, whatever their options: those that a cell leaves out have their defaults in its card. */
const defenceIds = (chain: string): string[] => chain.split(',').map((part) => part.split(':')[0]?.trim() ?? '');

/** Objects with their keys in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
