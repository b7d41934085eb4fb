/** A process that plays games of a sweep, one after another on services of its own, as its parent names them; it ends with its parent. */
import { on } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { datasetCatalogue } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';
import { isDiskRefusal } from '../driver/disk-error';
import { isHeldElsewhere } from '../driver/lock';
import { silentReporter } from '../driver/reporter';
import { describeFailure } from '../presentation/failure';
import { dataShelf } from '../sitting/data-shelf';
import { withSitting } from '../sitting/sitting';
import { parsePlan } from './plan-file';
import { playSwept } from './play-swept';
import type { FromWorker, ToWorker } from './messages';

const [runsDir = ''] = process.argv.slice(2);
const waitMilliseconds = 1_000;

async function work(): Promise<void> {
  const shelf = dataShelf({}, silentReporter);
  const inbox = on(process, 'message', { close: ['disconnect'] });
  const [plan] = ((await inbox.next()).value ?? []) as [ToWorker?];
  if (plan?.kind !== 'plan') return; // the parent has gone
  const { gameAt } = parsePlan(
    plan.content,
    plan.file,
    datasetCatalogue().map(({ id }) => id),
  );
  await withSitting({ addresses: {} }, async (sitting) => {
    const { signal } = sitting;
    signal.addEventListener('abort', () => void inbox.return?.());
    async function play(index: number, patient: boolean): Promise<FromWorker> {
      try {
        const { card } = await playSwept(sitting, gameAt(index), shelf, silentReporter, runsDir);
        return { kind: 'played', index, seconds: card.seconds.total };
      } catch (error) {
        if (signal.aborted) throw error; // nothing more can be played here
        if (!isHeldElsewhere(error)) {
          const line = describeFailure(error).line.replace(/^theriac: /, '');
          return { kind: 'failed', index, line, everywhere: isDiskRefusal(error) };
        }
        if (!patient) return { kind: 'held', index };
        await setTimeout(waitMilliseconds, undefined, { signal });
        return play(index, patient);
      }
    }
    say({ kind: 'ready' });
    for await (const [message] of inbox as AsyncIterable<[ToWorker]>)
      if (message.kind === 'play') say(await play(message.index, message.patient));
  });
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
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
