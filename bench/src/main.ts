/** `npm run bench`: the figures that the project promises, measured on this machine. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadDataset } from '@theriac/datasets';
import { measureBlobs } from './blobs';
import { measureCapacity } from './capacity';
import { measureGame } from './game';
import { describeMachine } from './machine';
import { measureModels } from './models';
import { measureNumerics } from './numerics';
import { reportText } from './report';
import type { BenchReport } from './report';
import { measureSweep } from './sweep';

const usual = ['numerics', 'models', 'blobs', 'game'] as const;
const parts = [...usual, 'sweep'] as const;
const usage = `npm run bench -- [--json] [${parts.join('|')}]...
npm run bench -- capacity [beginning of a name]: writes docs/results/capacity, for tools/render-capacity.mjs
`;

async function run(): Promise<number> {
  const { values, positionals: asked } = parseArgs({
    options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (asked[0] === 'capacity') {
    await measureCapacity(join('docs', 'results', 'capacity'), asked[1]);
    return 0;
  }
  const unknown = asked.find((name) => !parts.some((part) => part === name));
  if (values.help || unknown !== undefined) {
    process.stderr.write(
      unknown === undefined ? usage : `${unknown} is no part; allowed: ${parts.join(', ')}\n${usage}`,
    );
    return unknown === undefined ? 0 : 2;
  }
  const wanted = (part: (typeof parts)[number]): boolean =>
    asked.length === 0 ? usual.some((one) => one === part) : asked.includes(part);
  const machine = describeMachine();
  // The engine starts last: its threads would disturb the other parts.
  const blobs = wanted('blobs') ? await measureBlobs() : undefined;
  const game = wanted('game') ? measureGame(await datasetAtHand()) : undefined;
  const sweep = wanted('sweep') ? await measureSweep(await datasetAtHand()) : undefined;
  const numerics = wanted('numerics') ? await measureNumerics() : undefined;
  const models = wanted('models') ? await measureModels() : undefined;
  const report: BenchReport = {
    machine,
    ...(numerics && { numerics }),
    ...(models && { models }),
    ...(blobs && { blobs }),
    ...(game && { game }),
    ...(sweep && { sweep }),
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
