/** A process that plays games of a sweep, one after another on services of its own, as its parent names them; it ends with its parent. */
import { readFileSync } from 'node:fs';
import { datasetCatalogue } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';
import { silentReporter } from '../driver/reporter';
import { describeFailure } from '../presentation/failure';
import { dataShelf } from '../sitting/data-shelf';
import { withSitting } from '../sitting/sitting';
import { parsePlan } from './plan-file';
import { playSwept } from './play-swept';
import type { FromWorker, ToWorker } from './messages';

const [plan = '', runsDir = ''] = process.argv.slice(2);

async function work(): Promise<void> {
  const { gameAt } = parsePlan(
    readFileSync(plan, 'utf8'),
    plan,
    datasetCatalogue().map(({ id }) => id),
  );
  const shelf = dataShelf({}, silentReporter);
  await withSitting({ addresses: {} }, async (sitting) => {
    const orders = asked(sitting.signal);
    say({ kind: 'ready' });
    for await (const { index } of orders) {
      try {
        const { card } = await playSwept(sitting, gameAt(index), shelf, silentReporter, runsDir);
        say({ kind: 'played', index, seconds: card.seconds.total });
      } catch (error) {
        if (sitting.signal.aborted) throw error; // nothing more can be played here
        say({ kind: 'failed', index, line: describeFailure(error).line.replace(/^theriac: /, '') });
      }
    }
  });
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** What the parent asks for, until it has gone or `signal` aborts. Listens from its first line on. */
function asked(signal: AbortSignal): AsyncGenerator<ToWorker, void, undefined> {
  const waiting: ToWorker[] = [];
  let wake = (): void => {};
  process.on('message', (message: ToWorker) => {
    waiting.push(message);
    wake();
  });
  process.on('disconnect', () => wake());
  signal.addEventListener('abort', () => wake());
  return (async function* orders() {
    while (process.connected && !signal.aborted) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  })();
}

// Without its parent nobody would hear of what it plays; the run stays as it is and goes on another time.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
void work().then(
  () => process.exit(0),
  (error: unknown) => {
    const interrupted = error instanceof TheriacError && error.detail.code === 'CANCELLED';
    if (!interrupted) process.stderr.write(`${describeFailure(error).line}\n`);
    process.exit(1);
  },
);
