/** Training steps and second derivatives of the papers' models, and steps of their attacks, against plain PyTorch in turns. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rows } from '@theriac/game';
import { createModel, createOracles, localFollower } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { compile, startBackend, tf } from '@theriac/tensors/engine';
import type { BackendReport } from '@theriac/tensors/engine';
import { functionNames, numericProblem, uniform } from './numeric-problem';
import { summarise } from './timing';
import type { Timing } from './timing';
import { startTorch } from './torch';
import type { Torch, Work } from './torch';

const mnist = [28, 28, 1];
const cifar = [32, 32, 3];
const models = [
  { id: 'lr', shape: mnist, rows: 1000 },
  { id: 'nn-gc', shape: mnist, rows: 128 },
  { id: 'cnn-tgda', shape: mnist, rows: 128 },
  { id: 'cnn-cifar', shape: cifar, rows: 128 },
  { id: 'resnet-18', shape: cifar, rows: 16 },
] as const;

/** What the project promises, as times of torch's time. */
const promised = (model: string, work: string): number | undefined => {
  if (work === 'training step') return 1;
  return model === 'resnet-18' ? undefined : 0.7;
};

export interface ModelsRow extends Work {
  readonly ours: Timing;
  /** Undefined where there is no torch. */
  readonly torch: Timing | undefined;
  /** Median of ours over torch's, and the promise. */
  readonly ratio: number | undefined;
  readonly atMost: number | undefined;
  /** The promise in milliseconds. */
  readonly atMostMs: number | undefined;
}

export interface ModelsReport {
  readonly backend: BackendReport;
  readonly torchVersion: string | undefined;
  readonly rows: readonly ModelsRow[];
}

type Bounds = Pick<ModelsRow, 'atMost' | 'atMostMs'>;

/** Measures everything. Starts the engine, and torch where there is one. */
export async function measureModels(): Promise<ModelsReport> {
  const backend = await startBackend();
  const torch = await startTorch(backend.threads);
  const rows: ModelsRow[] = [];
  const against = async (work: Work, ours: () => unknown, bounds: Bounds): Promise<void> => {
    rows.push(await timeAgainst(torch, work, ours, bounds));
  };
  try {
    for (const { id, shape, rows: count } of models) {
      const { functions, inputs } = numericProblem(id, shape, count, 1e-6);
      for (const work of functionNames) {
        const graph = compile(functions[work], inputs);
        await against({ model: id, work, rows: count }, () => tf.dispose(graph(...inputs)), {
          atMost: promised(id, work),
          atMostMs: undefined,
        });
        graph.dispose();
      }
      tf.dispose(inputs);
    }
    await attackSteps(against);
  } finally {
    torch?.close();
  }
  return { backend, torchVersion: torch?.version, rows };
}

/** A step of TGDA's leader on LR, as published; iterations of Gradient Canceling on as many poison rows as 3% of MNIST. */
async function attackSteps(against: (work: Work, ours: () => unknown, bounds: Bounds) => Promise<void>): Promise<void> {
  const [clean, poison] = [1000, 30];
  for (const [id, work, count] of [
    ['lr', 'TGDA leader step', clean + poison],
    ['lr', 'Gradient Canceling iteration', 1800],
    ['cnn-tgda', 'Gradient Canceling iteration', 1800],
  ] as const) {
    const model = createModel(id, mnist, 10);
    const rowsOf = (name: string, n: number): Rows => ({
      x: uniform(name, n * model.features, -0.4, 2.8),
      y: Int32Array.from({ length: n }, (_, j) => j % 10),
      count: n,
      features: model.features,
    });
    const oracles = createOracles(model);
    const w = model.initialise(randomStream(1, 'bench'));
    const v = uniform('v', w.length, -1, 1);
    const description = { model: id, work, rows: count };
    if (work === 'TGDA leader step') {
      const follower = localFollower(oracles, rowsOf('clean', clean));
      const batch = { clean: { from: 0, to: clean }, nu: rowsOf('poison', poison) };
      const solver = { kind: 'cgnr', iterations: 16, damping: 0, tolerance: 0 } as const;
      const step = async (): Promise<unknown> => {
        const { product } = await follower.inverseHessianVectorProduct(w, v, batch, solver);
        return follower.poisonVectorProduct(w, product, batch);
      };
      await against(description, step, { atMost: undefined, atMostMs: 80 });
      follower.dispose();
    } else {
      const nu = rowsOf('poison', count);
      const iteration = (): unknown => {
        const { gradient } = oracles.gradient(w, nu);
        const residual = gradient.map((value, k) => (v[k] as number) + 0.03 * value);
        return oracles.mixedProduct(w, residual, nu);
      };
      await against(description, iteration, { atMost: undefined, atMostMs: undefined });
    }
    oracles.dispose();
  }
}

/** A round takes about this long, and all rounds of one work about twelve times that, unless one call takes longer. */
const roundMs = 60;
const warmUpCalls = 2;
/** A pause before each turn: the other's idle threads spin for some milliseconds before they sleep. */
const pauseMs = 25;

/**
 * Times ours and torch's in turns, so that whatever else the machine does meets both alike. A turn begins with a pause and
 * untimed calls: neither runs beside the other's spinning threads, or with the caches full of the other's numbers.
 */
async function timeAgainst(
  torch: Torch | undefined,
  work: Work,
  ours: () => unknown,
  bounds: Bounds,
): Promise<ModelsRow> {
  const time = async (calls: number): Promise<number> => {
    const start = performance.now();
    for (let k = 0; k < calls; k++) await ours();
    return (performance.now() - start) / calls;
  };
  const callsFor = (ms: number): number => Math.max(1, Math.round(roundMs / ms));
  await time(1);
  const ourCalls = callsFor(await time(warmUpCalls));
  const torchCalls = torch && callsFor(await torch.time(work, warmUpCalls));
  const found: { ours: number[]; torch: number[] } = { ours: [], torch: [] };
  for (
    let round = 0, start = performance.now();
    round < 5 || (round < 15 && performance.now() - start < 4000);
    round++
  ) {
    await sleep(pauseMs);
    await time(1);
    found.ours.push(await time(ourCalls));
    if (torch === undefined || torchCalls === undefined) continue;
    await sleep(pauseMs);
    await torch.time(work, 1);
    found.torch.push(await torch.time(work, torchCalls));
  }
  const own = summarise(found.ours);
  const other = torch && summarise(found.torch);
  return { ...work, ours: own, torch: other, ratio: other && own.median / other.median, ...bounds };
}
