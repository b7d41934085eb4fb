/** `npm run bench`: the figures that the project promises, measured on this machine. */
import { parseArgs } from 'node:util';
import { loadDataset } from '@theriac/datasets';
import { measureBlobs } from './blobs';
import { measureGame } from './game';
import { describeMachine } from './machine';
import { measureNumerics } from './numerics';
import { reportText } from './report';
import type { BenchReport } from './report';

const parts = ['numerics', 'blobs', 'game'] as const;
const usage = `npm run bench -- [--json] [--only ${parts.join('|')}]...\n`;

async function run(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
  });
  const unknown = values.only?.find((name) => !parts.some((part) => part === name));
  if (values.help || unknown !== undefined) {
    process.stderr.write(
      unknown === undefined ? usage : `--only is ${unknown}; allowed: ${parts.join(', ')}\n${usage}`,
    );
    return unknown === undefined ? 0 : 2;
  }
  const wanted = (part: (typeof parts)[number]): boolean => values.only?.includes(part) ?? true;
  const machine = describeMachine();
  // The engine starts last: its threads would disturb the other parts.
  const blobs = wanted('blobs') ? await measureBlobs() : undefined;
  const game = wanted('game') ? measureGame(await datasetAtHand()) : undefined;
  const numerics = wanted('numerics') ? await measureNumerics() : undefined;
  const report: BenchReport = {
    machine,
    ...(numerics && { numerics }),
    ...(blobs && { blobs }),
    ...(game && { game }),
  };
  process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return 0;
}

/** MNIST where its files are here or can be had, else the synthetic digits. */
async function datasetAtHand(): Promise<string> {
  return loadDataset('mnist').then(
    () => 'mnist',
    () => 'synthetic-digits',
  );
}

void run().then((code) => {
  process.exitCode = code;
});
