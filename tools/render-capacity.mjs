#!/usr/bin/env node
// @ts-check
/**
 * Renders the capacity figures of docs/kubernetes.md: `node tools/render-capacity.mjs`.
 *
 *   docs/results/capacity/*.json   memory, as `npm run bench -- capacity` writes it
 *   experiments/                   seconds, from every card of a game that was measured for a table
 *
 * The figures are never typed: CI fails when they differ from the files.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { table } from './render-results.mjs';
import { ROOT } from './setup/command.mjs';

const PAGE = path.join(ROOT, 'docs', 'kubernetes.md');
const BEGIN = '<!-- capacity:begin (rendered by tools/render-capacity.mjs) -->';
const END = '<!-- capacity:end -->';

/** @param {string} folder */
const jsonIn = (folder) =>
  fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()
    ? fs
        .readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .sort()
        .map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
    : [];

/** @param {any} machine */
const machineText = ({ cpu, cores, memoryGiB, node }) => `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}`;

/** @param {readonly string[]} texts */
const distinct = (texts) => [...new Set(texts)].join('; ');

/** @param {readonly any[]} measured */
function memoryText(measured) {
  const roles = ['driver', 'trainer', 'attacker', 'evaluator'];
  const rows = measured.map(({ card, peakMiB, togetherMiB }) => [
    `\`${card.model}\``,
    `\`${card.dataset}\``,
    `\`${card.attack}\``,
    String(card.poisonCount),
    ...roles.map((role) => String(peakMiB[role] ?? '')),
    String(togetherMiB),
  ]);
  const threads = distinct(measured.map(({ card }) => card.backends.trainer));
  return [
    `Peak resident memory in MiB (${threads}; ${distinct(measured.map(({ card }) => machineText(card.machine)))}); together: of all ` +
      'four, the pages of files that they share counted once.',
    table(['model', 'data', 'attack', 'poison rows', ...roles, 'together'], rows, 3),
  ].join('\n\n');
}

/**
 * The least and the most of some seconds.
 *
 * @param {readonly number[]} seconds
 */
function range(seconds) {
  const text = (/** @type {number} */ value) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));
  const [least, most] = [text(Math.min(...seconds)), text(Math.max(...seconds))];
  return least === most ? least : `${least} to ${most}`;
}

/** @param {readonly number[]} numbers */
function counts(numbers) {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least} to ${most}`;
}

/** Games that tables measured. */
function measuredGames() {
  const experiments = path.join(ROOT, 'experiments');
  return fs
    .readdirSync(experiments)
    .sort()
    .flatMap((name) => {
      const results = path.join(experiments, name, 'results');
      const profiles = fs.existsSync(results) ? fs.readdirSync(results).sort() : []; // and a page for each
      return profiles.flatMap((profile) => jsonIn(path.join(results, profile)));
    })
    .filter(({ kind }) => kind === 'game');
}

/** @param {any} card */
const trainingSeconds = ({ attack, protocols }) =>
  protocols.map(
    (/** @type {any} */ { seconds, seeds }) => seconds / Math.max(1, seeds.length * (attack === 'none' ? 1 : 2)),
  );

/** @param {readonly any[]} games */
function timeText(games) {
  /** @type {Map<string, any[]>} */
  const groups = new Map();
  for (const game of games) {
    const key = [game.card.model, game.card.dataset, game.card.attack].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), game]);
  }
  const rows = [...groups]
    .sort()
    .map(([key, group]) => [
      ...key.split(' ').map((name) => `\`${name}\``),
      String(group.length),
      counts(group.map(({ manifest }) => manifest.game.trainLimit || Infinity)).replace('Infinity', 'all'),
      counts(group.map(({ card }) => card.poisonCount)),
      range(group.map(({ card }) => card.seconds.craft)),
      range(group.flatMap(({ card }) => trainingSeconds(card))),
      range(group.map(({ card }) => card.seconds.total)),
    ]);
  return [
    `Seconds, least to most, of the ${games.length} games that the [tables](tables.md) measured, most of them on subsets and with ` +
      `fewer epochs (${distinct(games.map(({ card }) => machineText(card.machine)))}, one or two threads, seldom idle): what crafting ` +
      'takes, what one training with its scores takes, and the whole game with all of its seeds and protocols.',
    table(
      ['model', 'data', 'attack', 'games', 'training rows', 'poison rows', 'crafting', 'a training', 'the game'],
      rows,
      3,
    ),
  ].join('\n\n');
}

/** What stands between the marks. */
export function renderedCapacity() {
  const measured = jsonIn(path.join(ROOT, 'docs', 'results', 'capacity'));
  return [memoryText(measured), timeText(measuredGames())].join('\n\n');
}

/**
 * The page with its figures rendered anew.
 *
 * @param {string} page
 * @returns {Promise<string>}
 */
export async function withCapacity(page) {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`docs/kubernetes.md lacks ${BEGIN} and ${END}`);
  const text = `${before}${BEGIN}\n\n${renderedCapacity()}\n\n${END}${after}`;
  return format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE });
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  fs.writeFileSync(PAGE, await withCapacity(fs.readFileSync(PAGE, 'utf8')));
}
