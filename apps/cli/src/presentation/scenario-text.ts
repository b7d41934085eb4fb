/** Scenarios as text: what an attacker captures, what each protection brings and costs, and published figures beside it. */
import type { Spread } from '@theriac/game';
import type { FrontrunningReport, PublishedShare, SplitViewReport } from '@theriac/web-scale';
import type { Handoff } from '../sitting/scenario-verb';
import { figure } from './figures';
import { textTable, wrapped } from './table';

const right = { align: 'right' as const };
const width = 110;

/** "0.0217 ±0.0031" of a share in percent. */
function shareText({ mean, sd }: Spread): string {
  if (mean === null) return '-';
  return sd === null || sd === 0 ? figure(100 * mean) : `${figure(100 * mean)} ±${figure(100 * sd)}`;
}

/** Of the poison without protection, what a protection keeps out, in percent. */
function stoppedText({ mean }: Spread, bare: Spread | undefined): string {
  const without = bare?.mean ?? null;
  return mean === null || without === null || without === 0 ? '-' : figure(100 * (1 - mean / without));
}

export function splitViewText(report: SplitViewReport): string {
  const { boughtShare, boughtRows, domainsBought, cost, expiredShare, expectedShare, options, seed, rates } = report;
  const of = (name: string): string => String(options[name]);
  const table = textTable(
    [
      { title: 'protection' },
      { title: 'poison %', ...right },
      { title: 'stopped %', ...right },
      { title: 'eps_d %', ...right },
      { title: 'benign rows lost %', ...right },
      { title: 'the curator keeps', ...right },
    ],
    report.protections.map(({ id, poisonShare, epsilonD, benignLoss, curatorBytes }) => [
      id,
      shareText(poisonShare),
      stoppedText(poisonShare, report.protections[0]?.poisonShare),
      shareText(epsilonD),
      shareText(benignLoss),
      bytesText(curatorBytes),
    ]),
  );
  return [
    `Split view: ${figure(domainsBought.mean)} of ${of('domains')} domains for ${figure(cost.mean)} dollars (seed ${seed}, ${of('repeats')} markets)`,
    '',
    `Captured: ${shareText(boughtShare)} % of the index, ${figure(boughtRows.mean)} rows${expectedShare === null ? '' : `; expected ${figure(100 * expectedShare)} %`}`,
    `On expired domains: ${shareText(expiredShare)} % of the index; answers with other bytes: ${shareText(report.mismatchRate)} %; downloads reached: ${shareText(report.reached)} %`,
    '',
    'What a consumer who is reached keeps:',
    table,
    '',
    wrapped(
      `A perceptual hash (${of('hash')}, ${of('tolerance')} of 64 bits) passes ${figure(100 * rates.benignPass)} % of benign changes and ${figure(100 * rates.bypass)} % of poison of a ${of('poisoner')} attacker.`,
      width,
    ),
    '',
    publishedTable(report.published),
    '',
  ].join('\n');
}

export function frontrunningText(report: FrontrunningReport): string {
  const { edits, editsPerHour, options, seed, protections } = report;
  const table = textTable(
    [
      { title: 'protection' },
      { title: 'poison %', ...right },
      { title: 'expected %', ...right },
      { title: 'stopped %', ...right },
      { title: 'eps_d %', ...right },
      { title: 'best lead, min', ...right },
      { title: 'honest edits left out %', ...right },
      { title: 'released later, h', ...right },
    ],
    protections.map(({ id, poisonShare, expectedShare, epsilonD, lead, staleShare, delayHours }) => [
      id,
      shareText(poisonShare),
      figure(100 * expectedShare),
      stoppedText(poisonShare, protections[0]?.poisonShare),
      shareText(epsilonD),
      lead.toFixed(1),
      figure(100 * staleShare),
      figure(delayHours),
    ]),
  );
  return [
    `Frontrunning: ${edits} edits of ${String(options['articles'])} articles, ${figure(editsPerHour)} an hour (seed ${seed}, ${String(options['repeats'])} snapshots)`,
    '',
    'What the dump holds:',
    table,
    '',
    publishedTable(report.published),
    '',
  ].join('\n');
}

function publishedTable(published: readonly PublishedShare[]): string {
  return textTable(
    [
      { title: 'published' },
      { title: 'figure', ...right },
      { title: 'simulated', ...right },
      { title: 'order of magnitude' },
      { title: 'source' },
    ],
    published.map(({ what, published: [low, high], simulated, agrees, kind, source }) => [
      what,
      low === high ? figure(low) : `${figure(low)} to ${figure(high)}`,
      figure(simulated),
      `${agrees ? 'agrees' : 'differs'}${kind === 'input' ? ' (set by it)' : ''}`,
      source,
    ]),
  );
}

/** What a scenario hands to a game. */
export function handoffText({ protection, rows, of, poisonFraction }: Handoff): string {
  if (rows === 0) return `Under ${protection}, none of ${of} rows is poison: plain training.`;
  return `Under ${protection}, ${rows} of ${of} rows are the attacker's: eps_d = ${figure(poisonFraction)}.`;
}

/** "12.8 GB". */
function bytesText(bytes: number): string {
  if (bytes === 0) return 'nothing';
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3 + 1e-9));
  return `${figure(bytes / 1000 ** at)} ${units[at]}`;
}
