import { status as Status } from '@grpc/grpc-js';
import { TrainerServiceClient } from '@theriac/contract/trainer';
import { callStream, callUnary, connect } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Experiment } from '../frame/experiment';
import { printFigures, type Figure } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess, type ServiceProcess } from '../frame/service-process';
import { rawCalls } from '../mutations/raw-calls';
import { drawnVector, smallGameSpec } from '../wire/small-game';
import { normalClient } from './normal-client';
import { frame, rawStreams } from './raw-streams';

const gradient = '/theriac.v1.TrainerService/Gradient';
const put = '/theriac.v1.BlobsService/Put';
const bombBytes = 256 << 20;
const idleSeconds = 5;
const deadlineSeconds = 5;
const streamsPerConnection = 1000;
const healthMilliseconds = 100;

/** A trainer under abuse, while a normal client works with it. */
export const abuse: Experiment = {
  id: 'abuse',
  summary:
    'a frame of 4 GB, a gzip bomb, --streams 10000 idle streams, --sessions 1000: refused, and others are served',
  async run(args) {
    const { streams, sessions, slices } = readNumbers(args, { seed: 0, streams: 10_000, sessions: 1000, slices: 8 });
    const settings = ['--backend', 'cpu', '--threads', '1', '--idle-seconds', String(idleSeconds)];
    const trainer = await startServiceProcess('trainer', [...settings, '--log-level', 'error']);
    try {
      const normal = await normalClient(trainer.address, deadlineSeconds);
      const figures = [
        ...(await frames(trainer)),
        ...(await idleStreams(trainer, streams)),
        ...(await manySessions(trainer, sessions)),
      ];
      const { asked, failures, slowestSeconds } = await normal.stop();
      for (const failure of new Set(failures)) process.stdout.write(`  normal client: ${failure}\n`);
      figures.push({
        what: 'a normal client meanwhile',
        found: `${asked - failures.length} of ${asked} answered, slowest ${slowestSeconds.toFixed(2)} s`,
        promised: `all within ${deadlineSeconds} s`,
        held: failures.length === 0,
      });
      return printFigures([...figures, ...(await healthUnderLoad(trainer, slices))]);
    } finally {
      await trainer.stop();
    }
  },
};

const isStatus = (what: string, found: number, promised: Status): Figure => ({
  what,
  found: Status[found] ?? 'none',
  promised: Status[promised],
  held: Status[found] === Status[promised],
});

async function frames({ address }: ServiceProcess): Promise<Figure[]> {
  const raw = rawStreams(address);
  const bomb = frame(gzipSync(Buffer.alloc(bombBytes)), { compressed: true });
  const figures = [
    isStatus(
      'a frame that claims 4 GB',
      await raw.begin(gradient, frame(Buffer.alloc(100), { length: 0xffffffff })),
      Status.RESOURCE_EXHAUSTED,
    ),
    isStatus(
      `a gzip bomb of ${bombBytes >> 20} MiB`,
      await raw.begin(gradient, bomb, { 'grpc-encoding': 'gzip' }),
      Status.RESOURCE_EXHAUSTED,
    ),
    isStatus(
      'a request that never ends',
      await raw.begin(gradient, frame(Buffer.alloc(10), { length: 1000 })),
      Status.DEADLINE_EXCEEDED,
    ),
  ];
  raw.close();
  return figures;
}

/** Uploads and calls that are begun and left: refused at once, or ended when they have been idle for long enough. */
async function idleStreams({ address }: ServiceProcess, count: number): Promise<Figure[]> {
  const connections = Array.from({ length: Math.ceil(count / streamsPerConnection) }, () => rawStreams(address));
  const statuses = await Promise.all(
    Array.from({ length: count }, (_, k) => {
      const raw = connections[k % connections.length];
      return raw?.begin(k % 2 === 0 ? put : gradient) ?? Promise.resolve(Number.NaN);
    }),
  );
  const refused = statuses.filter((status) => status === Number(Status.RESOURCE_EXHAUSTED)).length;
  const ended = statuses.filter((status) => status === Number(Status.DEADLINE_EXCEEDED)).length;
  for (const raw of connections) raw.close();
  return [
    {
      what: `${count} idle streams`,
      found: `RESOURCE_EXHAUSTED ${refused}, DEADLINE_EXCEEDED ${ended}, other ${count - refused - ended}`,
      promised: 'no other',
      held: refused + ended === count,
    },
  ];
}

async function manySessions({ address }: ServiceProcess, count: number): Promise<Figure[]> {
  const client = connect(TrainerServiceClient, address, { attempts: 1 });
  const request = {
    game: smallGameSpec,
    parameters: drawnVector('parameters', 2),
    poison: undefined,
    leaseSeconds: 30,
  };
  let opened = 0;
  let refused = 0;
  for (let k = 0; k < count; k++) {
    try {
      await callUnary(client, 'openSession', request, { deadlineSeconds: 30 });
      opened++;
    } catch (error) {
      if (error instanceof TheriacError && error.detail.code === 'RESOURCE_EXHAUSTED') refused++;
    }
  }
  // What one client may not, another may: it finds room.
  const other = connect(TrainerServiceClient, address, { attempts: 1 });
  const found = await callUnary(other, 'openSession', request, { deadlineSeconds }).then(
    () => 'opens one',
    (error: unknown) => String(error),
  );
  client.close();
  other.close();
  return [
    {
      what: `${count} sessions of one client`,
      found: `opened ${opened}, RESOURCE_EXHAUSTED ${refused}`,
      promised: 'opened or refused',
      held: opened + refused === count && refused > 0,
    },
    { what: 'another client after that', found, promised: 'opens one', held: found === 'opens one' },
  ];
}

/** Health while slices train. */
async function healthUnderLoad({ address }: ServiceProcess, slices: number): Promise<Figure[]> {
  const client = connect(TrainerServiceClient, address);
  const controller = new AbortController();
  const request = {
    game: { ...smallGameSpec, trainLimit: 5000 },
    poison: undefined,
    protocol: 'p-gc@10000',
    defence: '',
    resumeFrom: undefined,
    sliceSeconds: 60,
    keepEpochs: 1,
  };
  const working = Array.from({ length: slices }, async (_, seed) => {
    const { signal } = controller;
    const events = callStream(client, 'train', { ...request, seed }, { signal, deadlineSeconds: 90 });
    for await (const _event of events);
  }).map((work) => work.catch(() => undefined));
  await sleep(1500);
  const raw = rawCalls(address);
  const seconds: number[] = [];
  for (let k = 0; k < 100; k++) {
    const started = performance.now();
    const status = await raw.send('/grpc.health.v1.Health/Check', [Buffer.alloc(0)], 10);
    seconds.push(status === 'OK' ? performance.now() - started : Infinity);
    await sleep(30);
  }
  controller.abort();
  await Promise.all(working);
  raw.close();
  client.close();
  seconds.sort((a, b) => a - b);
  const [median = NaN, slowest = NaN] = [seconds[50], seconds[99]];
  return [
    {
      what: `health while ${slices} slices train`,
      found: `median ${median.toFixed(1)} ms, slowest of 100 ${slowest.toFixed(1)} ms`,
      promised: `< ${healthMilliseconds} ms`,
      held: slowest < healthMilliseconds,
    },
  ];
}
