/** Follows docs/web-scale.md, and holds its tables, the kept scenarios and the fractions of its games against the simulation. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseOptions } from '@theriac/game';
import {
  capturedArticles,
  capturedRows,
  frontrunningOptions,
  hashChoice,
  measuredRates,
  ratesAt,
  splitViewOptions,
  splitViewRates,
} from '@theriac/web-scale';
import type { FrontrunningReport, HashMeasurement, ImageHashName, SplitViewReport } from '@theriac/web-scale';

const root = path.resolve(__dirname, '..');
const cli = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
const experiment = path.join(root, 'experiments', 'web-scale');
const page = readFileSync(path.join(__dirname, 'web-scale.md'), 'utf8');
const blocks = [...page.matchAll(/^```(sh.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', text = '']) => ({ info, text }));
const linesOf = (kind: string): string[] =>
  blocks.filter(({ info }) => info === kind).flatMap(({ text }) => text.trim().split('\n'));
const kept = <T>(name: string): T =>
  JSON.parse(readFileSync(path.join(experiment, 'scenarios', `${name}.json`), 'utf8')) as T;
const run = (words: readonly string[]): string => execFileSync(process.execPath, [cli, ...words], { encoding: 'utf8' });
const wordsOf = (line: string): string[] => {
  const [npx, theriac, ...words] = line.split(' ');
  expect([npx, theriac]).toEqual(['npx', 'theriac']);
  return words;
};
/** The row of a table of the page that begins with these cells. */
const rowOf = (...first: string[]): string[] => {
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  const cells = rows.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells.find((row) => first.every((cell, at) => row[at] === cell)) ?? [];
};

jest.setTimeout(180_000);

describe('docs/web-scale.md', () => {
  const verbs = [...linesOf('sh'), ...linesOf('sh run')];

  it.each(verbs)('names options that there are: %s', (line) => {
    const words = wordsOf(line);
    const help = run([...words.slice(0, words[0] === 'scenario' ? 2 : 1), '--help']);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help).toContain(`${flag} `);
  });

  it.each(linesOf('sh run'))('shows what running it gives: %s', (line) => {
    const words = wordsOf(line);
    const report = JSON.parse(run([...words, '--json'])) as SplitViewReport | FrontrunningReport;
    const before = kept<typeof report>(words[1] as string);
    expect(report.protections.map(({ id }) => id)).toEqual(before.protections.map(({ id }) => id));
    report.protections.forEach(({ id, poisonShare }, at) => {
      expect(poisonShare.mean).toBeCloseTo(before.protections[at]!.poisonShare.mean!, 6);
      const shown = Number.parseFloat(rowOf(`\`${id}\``)[1] ?? '');
      if (report.scenario === 'split-view') expect(shown).toBeCloseTo(100 * poisonShare.mean!, 4);
    });
    expect(report.published.every(({ agrees }) => agrees)).toBe(true);
  });

  it('shows the frontrun shares as they are kept', () => {
    const { protections } = kept<FrontrunningReport>('frontrunning');
    const section = page.slice(page.indexOf('## Frontrunning'));
    for (const { id, poisonShare, expectedShare } of protections) {
      const line = section.split('\n').find((text) => text.startsWith(`| \`${id}\``)) ?? '';
      expect(line).toContain((100 * poisonShare.mean!).toFixed(2));
      expect(line).toContain((100 * expectedShare).toFixed(2));
    }
  });

  it('shows the rates of hashes as they were measured', () => {
    const measured = kept<Record<ImageHashName, HashMeasurement>>('perceptual-hash');
    for (const [hash, tolerance] of [
      ['difference', 4],
      ['difference', 10],
      ['difference', 16],
      ['average', 4],
      ['average', 10],
    ] as const) {
      const { benignPass, bypass } = ratesAt(measured[hash], tolerance);
      expect(measuredRates(hash, tolerance)).toEqual({ benignPass: expect.closeTo(benignPass, 12), bypass });
      const shown = [benignPass, bypass.blind, bypass.searching, bypass.bounded].map((rate) => (100 * rate).toFixed(1));
      expect(rowOf(`\`${hash}\``, String(tolerance)).slice(2)).toEqual(shown);
    }
  });

  it('plays fractions that the simulation captures of 10,000 rows', () => {
    const splitView = (budget: number): number => {
      const options = parseOptions(splitViewOptions, { budget }, 'split-view');
      const { hash, tolerance, poisoner } = hashChoice(options);
      const rates = splitViewRates(options, measuredRates(hash, tolerance), poisoner);
      return capturedRows(options, rates, 0, 10_000, 'none').length;
    };
    const articles = parseOptions(frontrunningOptions, {}, 'frontrunning');
    const rows: Readonly<Record<string, number>> = {
      frontrunning: capturedArticles(articles, 0, 10_000, 'none').length,
      'frontrunning-random-order': capturedArticles(articles, 0, 10_000, 'random-order').length,
      'split-view-10000': splitView(10_000),
      'split-view-60': splitView(60),
    };
    const files = readdirSync(path.join(experiment, 'cells'));
    expect(files).toHaveLength(8);
    for (const file of files) {
      const text = readFileSync(path.join(experiment, 'cells', file), 'utf8');
      const [, column = ''] = /^column: (\S+)$/m.exec(text) ?? [];
      const [, fraction = ''] = /^poison-fraction: (\S+)$/m.exec(text) ?? [];
      expect(Number(fraction) * 10_000).toBeCloseTo(rows[column] ?? Number.NaN, 6);
    }
  });
});
