import { Distribution, TrainerServiceClient } from '@theriac/contract/trainer';
import { callUnary, connect } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Experiment } from '../frame/experiment';
import { printFigures, type Figure } from '../frame/figures';
import { readNumbers } from '../frame/options';
import { startServiceProcess, type Role, type ServiceProcess } from '../frame/service-process';
import { footprintOf } from '../soak/footprint';
import { tinyGameSpec, tinyPoison, tinyVector } from '../wire/tiny-game';
import { mutated } from './mutate';
import { rawCalls, type RawCalls } from './raw-calls';
import { seedsOf, type Seed } from './seeds';

const settings = ['--log-level', 'warn'];
const deadlineSeconds = 2;
const healthSeconds = 5;
const settleMilliseconds = 3000;
/** Garbage is collected when there is no more work. */
const restMilliseconds = 15_000;
const growthAllowed = 0.1;

/** Mutated messages against each service: none ends it, none hangs it, and its memory stays. */
export const mutations: Experiment = {
  id: 'mutations',
  summary: '--count 100000 mutated messages against each service: no crash, no hang, memory within 10%',
  async run(args) {
    const { seed, count, concurrency } = readNumbers(args, { seed: 0, count: 100_000, concurrency: 32 });
    let held = true;
    for (const role of ['trainer', 'attacker', 'evaluator'] as const) {
      const service = await startServiceProcess(role, settings);
      try {
        held = printFigures(await mutate(service, seed, count, concurrency)) && held;
      } finally {
        await service.stop();
      }
    }
    return held;
  },
};

async function mutate(service: ServiceProcess, seed: number, count: number, concurrency: number): Promise<Figure[]> {
  const { role } = service;
  const random = randomStream(seed, 'reliability', 'mutations', role);
  const seeds = seedsOf(role, role === 'trainer' ? await openedSession(service.address) : '');
  const raw = rawCalls(service.address);
  const normal = normalClient(service);
  const statuses = new Map<string, number>();
  const send = async (): Promise<void> => {
    let left = count;
    const one = async (): Promise<void> => {
      while (left-- > 0) {
        const { path, messages: parts } = seeds[Math.floor(seeds.length * random.uniform())] as Seed;
        const at = Math.floor(parts.length * random.uniform());
        const status = await raw.send(
          path,
          parts.map((part, k) => (k === at ? mutated(part, random) : part)),
          deadlineSeconds,
        );
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, one));
  };

  try {
    await sleep(settleMilliseconds);
    const before = footprintOf(service.pid).residentMib;
    await send();
    const under = footprintOf(service.pid).residentMib;
    await sleep(Math.min(restMilliseconds, count));
    const after = footprintOf(service.pid).residentMib;
    const { asked, answered, slowest } = await normal.stop();
    const alive = await stillThere(service, raw);
    const growth = after / before - 1;
    const tally = [...statuses].sort(([, a], [, b]) => b - a).map(([name, times]) => `${name} ${times}`);
    return [
      { what: `${role}: mutated messages`, found: `${count}` },
      { what: `${role}: answers`, found: tally.join(', ') },
      { what: `${role}: alive and answering`, found: alive ? 'yes' : 'no', promised: 'yes', held: alive },
      {
        what: `${role}: health meanwhile`,
        found: `${answered} of ${asked} answered, slowest ${slowest.toFixed(0)} ms`,
        promised: `all within ${healthSeconds} s`,
        held: asked > 0 && answered === asked,
      },
      {
        what: `${role}: resident memory`,
        found: `${before.toFixed(0)} MiB at the start, ${under.toFixed(0)} at the last message, ${after.toFixed(0)} at rest (${(100 * growth).toFixed(1)}%)`,
        promised: '< 10% more',
        held: growth < growthAllowed,
      },
    ];
  } finally {
    await normal.stop();
    raw.close();
  }
}

/** A client that asks for the service's health five times a second until it is stopped. */
function normalClient({ address }: ServiceProcess) {
  const raw = rawCalls(address);
  const found = { asked: 0, answered: 0, slowest: 0 };
  let going = true;
  const asking = (async () => {
    while (going) {
      const started = performance.now();
      found.asked++;
      const status = await raw.send('/grpc.health.v1.Health/Check', [Buffer.alloc(0)], healthSeconds);
      if (status === 'OK') found.answered++;
      found.slowest = Math.max(found.slowest, performance.now() - started);
      await sleep(200);
    }
  })();
  return {
    async stop() {
      going = false;
      await asking;
      raw.close();
      return found;
    },
  };
}

async function openedSession(address: string): Promise<string> {
  const client = connect(TrainerServiceClient, address);
  const parameters = tinyVector('parameters');
  const request = { game: tinyGameSpec, parameters, poison: tinyPoison, leaseSeconds: 0 };
  const { sessionId } = await callUnary(client, 'openSession', request);
  await callUnary(client, 'gradient', {
    sessionId,
    distribution: Distribution.MIXTURE,
    cleanRows: undefined,
    poisonRows: undefined,
  });
  client.close();
  return sessionId;
}

const describing: Readonly<Record<Role, string>> = {
  trainer: '/theriac.v1.TrainerService/Describe',
  attacker: '/theriac.v1.AttackerService/Describe',
  evaluator: '/theriac.v1.EvaluatorService/Describe',
};

/** Whether the process lives and its compute answers. */
async function stillThere({ role, pid }: ServiceProcess, raw: RawCalls): Promise<boolean> {
  const status = await raw.send(describing[role], [Buffer.alloc(0)], 30);
  return status === 'OK' && footprintOf(pid).descriptors > 0;
}
