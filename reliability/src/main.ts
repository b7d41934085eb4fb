/** `npm run reliability -- <experiment> [options]`: the promises of docs/reliability.md, put to the test at full size. */
import { TheriacError } from '@theriac/tensors';
import { abuse } from './abuse/abuse';
import { authorisation } from './authorisation/authorisation';
import type { Experiment } from './frame/experiment';
import { mutations } from './mutations/mutations';
import { proxy } from './proxy/proxy';
import { killMatrix } from './kill-matrix/kill-matrix';
import { rotation } from './rotation/rotation';
import { rollingRestart } from './rolling-restart/rolling-restart';
import { soak } from './soak/soak';

/** One line each. */
const experiments: readonly Experiment[] = [
  abuse,
  authorisation,
  killMatrix,
  rollingRestart,
  mutations,
  proxy,
  rotation,
  soak,
];

const usage = `npm run reliability -- <experiment> [--seed N] [options]\n\n${experiments
  .map(({ id, summary }) => `  ${id.padEnd(18)}  ${summary}`)
  .join('\n')}\n`;

async function main([id, ...args]: readonly string[]): Promise<number> {
  const experiment = experiments.find((each) => each.id === id);
  if (experiment === undefined) {
    const asked = id === undefined || id === '--help';
    process.stderr.write(asked ? usage : `${id} is no experiment\n${usage}`);
    return asked ? 0 : 2;
  }
  const held = await experiment.run(args);
  process.stdout.write(`${experiment.id}: ${held ? 'the promise held' : 'THE PROMISE DID NOT HOLD'}\n`);
  return held ? 0 : 1;
}

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof TheriacError ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = 2;
  },
);
