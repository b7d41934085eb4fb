/** Everything that is said beside a rendered table: what the profile leaves out, footnotes, errata, flags, what is missing. */
import { percent } from '../presentation/figures';
import type { CellSettings, ProfileName } from './cell-file';
import { onlineDefaults } from '../online/online-defaults';
import type { Entry } from './entries';
import { paceText } from './probe';
import { duration } from '../presentation/figures';
import type { Table } from './table-folder';

export interface Footnotes {
  /** "[1]", "[1][3]", or "" for the id of a row, a column or a cell. */
  mark(id: string): string;
  readonly texts: readonly string[];
}

/** The table's own footnotes, then one for every drop that the lecture prints wrongly. */
export function footnotesOf(table: Table, entries: readonly Entry[]): Footnotes {
  const notes: { on: readonly string[]; text: string }[] = [];
  for (const { on, text } of table.footnotes) add(on, text);
  for (const { state, lecture } of entries)
    if (lecture?.printed !== undefined) add(state.cell.id, erratumText(lecture));
  return {
    mark: (id) => notes.flatMap(({ on }, index) => (on.includes(id) ? [`[${index + 1}]`] : [])).join(''),
    texts: notes.map(({ text }) => text),
  };

  function add(on: string, text: string): void {
    const same = notes.findIndex((note) => note.text === text);
    if (same < 0) notes.push({ on: [on], text });
    else notes[same] = { on: [...(notes[same]?.on ?? []), on], text };
  }
}

function erratumText({ printed = 0, clean, accuracy, drop, erratum = '' }: NonNullable<Entry['lecture']>): string {
  return `The lecture prints a drop of ${percent(printed)}; ${percent(clean)} - ${percent(accuracy)} is ${percent(drop)}. ${erratum}`;
}

const descriptions: Readonly<Record<ProfileName, string>> = {
  quick: 'REDUCED profile quick (two cores, minutes): fewer rows, epochs, attack steps or seeds than published.',
  standard: 'REDUCED profile standard (two cores, hours): fewer rows, epochs, attack steps or seeds than published.',
  paper: 'Profile paper: sizes as published where they are known.',
};

/** Whose table it is. */
export const sourceOf = ({ page }: Pick<Table, 'page'>): string =>
  page === undefined ? 'An experiment of this project.' : `Lecture 18, page ${page}.`;

/** What the profile is, and what of the data and of training its cells use. */
export function profileText(table: Table, profile: ProfileName, entries: readonly Entry[]): string {
  if (profile === 'paper') return descriptions.paper;
  const limits = entries.map(({ settings }) => settings['train-limit'] ?? 0);
  const rows = listedNumbers(limits.map((limit) => (limit === 0 ? Infinity : limit))).replace('Infinity', 'all');
  const seeds = listedNumbers(
    entries.flatMap(({ settings }) =>
      settings.kind === 'game' || settings.kind === 'online' ? [settings.seeds ?? 3] : [],
    ),
  );
  const protocols = [...new Set(entries.flatMap(({ settings }) => protocolsOf(settings)))].sort();
  return [
    descriptions[profile],
    `Training rows: ${rows}; defenders per cell: ${seeds || 'none'}; training: ${protocols.join(', ')} (id@n: n epochs).`,
    ...(table.page === undefined
      ? []
      : ["The lecture's figures are for whole data sets, so that the two are not like for like."]),
  ].join(' ');
}

function protocolsOf(settings: CellSettings): string[] {
  if (settings.kind === 'online') return [settings.protocol ?? onlineDefaults.protocol];
  const attacker = settings['attacker-protocol'];
  return [
    ...(settings.kind === 'game' ? (settings.protocols ?? []) : []),
    ...(attacker === undefined ? [] : [attacker]),
  ];
}

/** Each number once, in order. */
function listedNumbers(values: readonly number[]): string {
  return [...new Set(values)].sort((a, b) => a - b).join(', ');
}

/** What the marks in the table mean; only those that occur. */
export function legendOf(table: Table, entries: readonly Entry[]): string[] {
  const what = {
    accuracy: 'Each cell: accuracy / drop in percentage points, ± the deviation over seeds.',
    drop: `Each cell: points of accuracy lost, ± the deviation over seeds${table.page === undefined ? '' : '; the first column is the clean accuracy'}.`,
    success:
      'Each cell: percent of test rows with the signal that are classified as the collective wants, ± the deviation over seeds; of two collectives, the first | the second.',
    tau: 'Each cell: tau, the fraction below which no poison can make the target a stationary point.',
  }[table.reports];
  return [
    what,
    ...(entries.some(({ verdict }) => verdict === 'misses')
      ? ["✗ misses the lecture's figure: the mean drop and two deviations stay below it."]
      : []),
    ...(entries.some(({ flagged }) => flagged)
      ? ['⚑ something to know before believing it: see the flags below.']
      : []),
    ...(entries.some(({ outcome }) => outcome === undefined) ? ['Not measured: no result card of this profile.'] : []),
  ];
}

/** What the columns of accuracies are, for the kinds of cells that were measured. */
export function detailNote(entries: readonly Entry[]): string {
  const kinds = new Set(entries.flatMap(({ state: { measured } }) => (measured === undefined ? [] : [measured.kind])));
  return [
    ...(kinds.has('game')
      ? [
          'Each drop is against the clean accuracy of the same training and seeds; the mean over the last ten epochs. A large gradient norm says that the defender is not at an argmin.',
        ]
      : []),
    ...(kinds.has('corruption') ? ['Of a corruption, one model before and after: nothing is retrained.'] : []),
    ...(kinds.has('online')
      ? [
          'Of an online game, the lowest accuracy at any tick; each drop is against the same trainer and seeds without attacker.',
        ]
      : []),
  ].join(' ');
}

/** Why cells are missing, one line for each reason; and what those that were probed would take. */
export function missingLines(entries: readonly Entry[]): string[] {
  const missing = entries.filter(({ outcome }) => outcome === undefined);
  const reasons = new Map<string, string[]>();
  for (const { state } of missing)
    if (state.reason !== undefined) reasons.set(state.reason, [...(reasons.get(state.reason) ?? []), state.cell.id]);
  return [...[...reasons].map(([reason, ids]) => `${ids.join(', ')}: ${reason}`), ...probedLines(missing)];
}

function probedLines(missing: readonly Entry[]): string[] {
  return missing.flatMap(({ state: { cell, reason, probed } }) => {
    if (reason !== undefined) return [];
    if (probed === undefined) return [];
    const { phases, projectedSeconds } = probed.probe;
    const paces = phases.map(
      ({ label, steps, secondsPerStep, reason: why }) =>
        `${label} ${paceText(secondsPerStep)}${why === undefined ? '' : ` (${why})`} of ${steps} steps`,
    );
    const projected = projectedSeconds === null ? 'no projection' : `${duration(projectedSeconds)} projected`;
    return [`${cell.id}: ${projected}; ${paces.join(', ')}`];
  });
}

/** Every flag of every card, with its cell. */
export function flagLines(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ state, outcome }) => (outcome?.flags ?? []).map((flag) => `${state.cell.id}: ${flag}`));
}

/** The engines and machines that measured, each once. */
export function engineText(entries: readonly Entry[]): string {
  const outcomes = entries.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome]));
  const once = (words: readonly string[]): string =>
    [...new Set(words)]
      .filter((word) => word !== '')
      .sort()
      .join('; ');
  const machines = once(outcomes.map(({ machine }) => machine));
  const engines = once(outcomes.map(({ engine }) => engine));
  return outcomes.length === 0 ? '' : `Measured with ${engines}${machines === '' ? '' : `; on ${machines}`}.`;
}
