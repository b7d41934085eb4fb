import { TrainerServiceClient } from '@theriac/contract/trainer';
import { blobsOf, connect, repeatedly, uploadBlob, waitUntilReachable } from '@theriac/service-kit';
import { randomStream, TheriacError } from '@theriac/tensors';
import { faultProxy, type Direction, type Fault } from '@theriac/testing/fault-proxy';
import type { Experiment } from '../frame/experiment';
import { printFigures, type Figure } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess } from '../frame/service-process';
import { converse } from './conversation';

const mebibyte = 1 << 20;
const kinds = ['flip', 'flip', 'flip', 'truncate', 'reorder', 'reset'] as const;
const patience = { attempts: 6, firstWaitSeconds: 0.02, longestWaitSeconds: 0.2, busySeconds: 20 };

/** What became of a conversation with one fault. */
type Outcome = 'right' | 'repeated' | 'DATA_LOSS' | 'other' | 'WRONG';

/** A client and a trainer with a proxy between them: late, and falsified at random places. */
export const proxy: Experiment = {
  id: 'proxy',
  summary: 'uploads --mib 44 over a round trip of 10 ms in 1 s; --count 2000 faults never give a wrong number',
  async run(args) {
    const { seed, count, mib } = readNumbers(args, { seed: 0, count: 2000, mib: 44 });
    const trainer = await startServiceProcess('trainer', ['--backend', 'cpu', '--threads', '1', '--sessions', '1000']);
    try {
      const seconds = await uploadSeconds(trainer.address, mib, seed);
      const { outcomes, others, missing } = await disturb(trainer.address, count, seed);
      for (const [text, times] of others) process.stdout.write(`  ${times} x ${text}\n`);
      const figures: Figure[] = [
        {
          what: `${mib} MiB up, 10 ms round trip`,
          found: `${seconds.toFixed(2)} s`,
          promised: '< 1 s',
          held: seconds < 1,
        },
        { what: 'conversations with one fault each', found: `${count}` },
        { what: 'faults that came too late to happen', found: `${missing}` },
        ...(['right', 'repeated', 'DATA_LOSS'] as const).map((what) => ({ what, found: `${outcomes[what]}` })),
        { what: 'other failures', found: `${outcomes.other}`, promised: '0', held: outcomes.other === 0 },
        { what: 'wrong numbers', found: `${outcomes.WRONG}`, promised: '0', held: outcomes.WRONG === 0 },
      ];
      return printFigures(figures);
    } finally {
      await trainer.stop();
    }
  },
};

/** Seconds for an upload through 5 ms each way: the best of three, since other work of the machine only adds. */
async function uploadSeconds(address: string, mib: number, seed: number): Promise<number> {
  const between = await faultProxy(address, { delaySeconds: 0.005 });
  const client = connect(TrainerServiceClient, between.address);
  try {
    const random = randomStream(seed, 'reliability', 'upload');
    await waitUntilReachable(client, 10);
    let best = Infinity;
    for (let time = 0; time < 3; time++) {
      const pattern = Uint8Array.from({ length: 997 }, () => 256 * random.uniform());
      const content = Buffer.alloc(mib * mebibyte, pattern);
      const started = performance.now();
      await uploadBlob(blobsOf(client), content);
      best = Math.min(best, (performance.now() - started) / 1000);
    }
    return best;
  } finally {
    client.close();
    await between.close();
  }
}

async function disturb(address: string, count: number, seed: number) {
  const between = await faultProxy(address);
  const random = randomStream(seed, 'reliability', 'faults');
  const outcomes: Record<Outcome, number> = { right: 0, repeated: 0, DATA_LOSS: 0, other: 0, WRONG: 0 };
  const others = new Map<string, number>();
  let missing = 0;
  try {
    const before = { up: between.passed('up'), down: between.passed('down') };
    const { numbers: expected } = await conversation(between.address, seed);
    const total = { up: between.passed('up') - before.up, down: between.passed('down') - before.down };
    for (let trial = 0; trial < count; trial++) {
      const direction: Direction = random.uniform() < 0.5 ? 'up' : 'down';
      const kind = kinds[Math.floor(kinds.length * random.uniform())] ?? 'flip';
      const place = Math.floor(near(random.uniform()) * total[direction]);
      const fault: Fault = { kind, at: between.passed(direction) + place, bit: Math.floor(8 * random.uniform()) };
      between.inject(direction, [fault]);
      const { numbers, failures, error } = await conversation(between.address, seed);
      missing += between.pending(direction);
      between.inject(direction, []);
      const outcome = judge(numbers === expected, failures, error);
      outcomes[outcome]++;
      if (outcome !== 'other' && outcome !== 'WRONG') continue;
      const text = `${direction} ${kind}: ${error?.message ?? `wrong numbers, at ${place} bit ${fault.bit}`}`;
      others.set(text, (others.get(text) ?? 0) + 1);
    }
  } finally {
    await between.close();
  }
  return { outcomes, others, missing };
}

/** Most calls are small beside the blob: half of the places are among the first tenth of the bytes. */
const near = (uniform: number): number => (uniform < 0.5 ? 0.2 * uniform : uniform);

function judge(right: boolean, failures: number, error: TheriacError | undefined): Outcome {
  if (error) return error.detail.code === 'DATA_LOSS' ? 'DATA_LOSS' : 'other';
  if (!right) return 'WRONG';
  return failures > 0 ? 'repeated' : 'right';
}

async function conversation(address: string, seed: number) {
  const client = connect(TrainerServiceClient, address, { keepaliveSeconds: 1 });
  let failures = 0;
  const attempt = <T>(work: () => Promise<T>) => repeatedly(work, { patience, onFailure: () => failures++ });
  try {
    return { numbers: await converse(client, seed, attempt), failures, error: undefined };
  } catch (error) {
    if (!(error instanceof TheriacError)) throw error;
    return { numbers: undefined, failures, error };
  } finally {
    client.close();
  }
}
