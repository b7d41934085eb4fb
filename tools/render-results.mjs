#!/usr/bin/env node
// @ts-check
/**
 * Renders the README's results from the measured files in docs/results: `node tools/render-results.mjs`.
 *
 *   games/*.json      result cards, as `theriac play --json` prints them
 *   corrupt/*.json    as `theriac corrupt --json` prints them
 *   bench.json        as `npm run bench -- --json` prints it
 *
 * The README's figures are never typed: CI fails when they differ from the files.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './setup/command.mjs';

const FOLDER = path.join(ROOT, 'docs', 'results');
const README = path.join(ROOT, 'README.md');
const BEGIN = '<!-- results:begin (rendered by tools/render-results.mjs) -->';
const END = '<!-- results:end -->';

/** @param {string} file */
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

/** @param {string} name */
function cardsIn(name) {
  const folder = path.join(FOLDER, name);
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return files.filter((file) => file.endsWith('.json')).map((file) => readJson(path.join(folder, file)));
}

/**
 * A Markdown table; columns after the first `left` are aligned right.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 * @param {number} left
 */
export function table(head, rows, left) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, k) => (k < left ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** @param {{ mean: number | null, sd: number | null }} spread */
const spreadText = ({ mean, sd }) =>
  mean === null ? 'diverged' : `${mean.toFixed(2)}${sd === null ? '' : ` ± ${sd.toFixed(2)}`}`;

/** @param {any} card */
function gameName({ attack, options, constraint }) {
  const target = attack === 'gradient-canceling' ? `, target \`${options.target}\`` : '';
  const gamma = constraint.kind === 'none' ? '' : `, within \`${constraint.kind}\``;
  return `\`${attack}\`${target}${gamma}`;
}

/** @param {readonly any[]} cards */
function gamesText(cards) {
  const [first] = cards;
  const rows = cards.flatMap((card) =>
    card.protocols.map((/** @type {any} */ protocol, /** @type {number} */ k) => [
      k === 0 ? gameName(card) : '',
      k === 0 && card.target ? card.target.tau.toFixed(3) : '',
      `\`${protocol.name}\``,
      spreadText(protocol.clean),
      spreadText(protocol.poisoned),
      spreadText(protocol.drop),
      protocol.name === 'p-gc' && typeof card.reported?.drop === 'number' ? card.reported.drop.toFixed(2) : '',
      protocol.gradientNorm.mean === null ? '' : protocol.gradientNorm.mean.toPrecision(2),
    ]),
  );
  const head = ['game', 'tau', 'training', 'clean %', 'poisoned %', 'drop', 'lecture', 'norm of g(chi; w)'];
  return [
    `${first.dataset.toUpperCase()}, \`${first.model}\`, ${first.poisonCount} poison rows (eps_d = ${first.poisonFraction}), ` +
      `${first.seeds.length} freshly trained defenders: the mean over the last ten epochs, ± the deviation over seeds. ` +
      `Engine: ${first.backends.trainer}.`,
    table(head, rows, 1),
  ].join('\n\n');
}

/** @param {any} bench */
function benchText({ machine, numerics, blobs, game }) {
  const number = (/** @type {number} */ value, digits = 2) => value.toFixed(digits);
  const { processor, cores, node, load } = machine;
  const [uploaded, downloaded] = blobs;
  const rows = [
    ...numerics.rows.map((/** @type {any} */ row) => [
      `LR, batch 1000: ${row.name}`,
      `${number(row.compiled.median)} ms compiled, ${number(row.eager.median)} ms eager (${number(row.ratio, 1)} times)` +
        (row.torch === undefined ? '' : `; torch ${number(row.torch)} ms`),
    ]),
    ...[uploaded, downloaded].map((row) => [
      `44 MiB blob over loopback, ${row.name}`,
      `${number(row.gigabytesPerSecond.median)} GB/s, event loops stand still for at most ` +
        `${number(Math.max(row.stallMs.caller, row.stallMs.service), 0)} ms`,
    ]),
    [
      'a game over three services against one process',
      `${number(game.services.best, 1)} s against ${number(game.oneProcess.best, 1)} s (ratio ${number(game.ratio)})`,
    ],
  ];
  return [
    `Speed on ${processor}, ${cores} cores, Node ${node}, load ${load}:`,
    table(['what', 'measured'], rows, 2),
  ].join('\n\n');
}

/** @param {readonly any[]} cards */
function corruptText(cards) {
  const rows = cards.map((card) => [
    String(card.epsilonW),
    card.clean.toFixed(2),
    `${card.orders.corrupted.mean.toFixed(2)} ± ${card.orders.corrupted.sd.toFixed(2)}`,
    card.reported?.accuracy?.toFixed(2) ?? '',
  ]);
  return [
    'Parameters corrupted within a radius (GradPC, no poison at all), 3 orders of the minibatches, ± the deviation:',
    table(['eps_w', 'clean %', 'corrupted %', 'lecture'], rows, 0),
  ].join('\n\n');
}

/** What stands between the marks. */
function renderedResults() {
  const [games, corrupted] = [cardsIn('games'), cardsIn('corrupt')];
  const bench = path.join(FOLDER, 'bench.json');
  const parts = [
    ...(games.length > 0 ? [gamesText(games)] : []),
    ...(corrupted.length > 0 ? [corruptText(corrupted)] : []),
    ...(fs.existsSync(bench) ? [benchText(readJson(bench))] : []),
  ];
  return parts.length > 0 ? parts.join('\n\n') : 'Not measured yet.';
}

/**
 * The README with its results rendered anew.
 *
 * @param {string} readme
 * @returns {Promise<string>}
 */
export async function withResults(readme) {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`README.md lacks ${BEGIN} and ${END}`);
  const text = `${before}${BEGIN}\n\n${renderedResults()}\n\n${END}${after}`;
  return format(text, { ...(await resolveConfig(README)), filepath: README });
}

/** Puts the results of docs/results into the README. */
export async function renderReadme() {
  fs.writeFileSync(README, await withResults(fs.readFileSync(README, 'utf8')));
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await renderReadme();
}
