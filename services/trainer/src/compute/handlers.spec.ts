import { storedValues, setBoard } from '@theriac/board';
import type { GameSpec } from '@theriac/contract/game';
import {
  concatenateRows,
  heldRows,
  regressionGradient,
  regressionHessianVectorProduct,
  regressionLogits,
  regressionMixedProduct,
  rowsBetween,
} from '@theriac/game';
import type { Rows } from '@theriac/game';
import { inlineCompute } from '@theriac/service-kit';
import { randomStream } from '@theriac/tensors';
import { trainerCompute } from './handlers';
import type { TrainerMethods, TrainInput } from './methods';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const compute = inlineCompute<TrainerMethods>(trainerCompute({ engine: { threads: 1 }, sessions: 2 }));
afterAll(() => compute.close());

async function setting() {
  const loaded = await setBoard(game);
  const board = { ...loaded, clean: heldRows(loaded.clean) };
  const random = randomStream(11, 'setting');
  const vector = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  const count = 9;
  const x = vector(count * board.clean.features);
  const nu: Rows = { x, y: Int32Array.from({ length: count }, (_, j) => j % 2), count, features: board.clean.features };
  const poison = { x: storedValues(board, x), y: Int32Array.from(nu.y) };
  const p = board.model.layout.size;
  return { board, nu, poison, w: vector(p), v: vector(p), classes: board.dataset.classes };
}

type Setting = Awaited<ReturnType<typeof setting>>;

async function withSession(use: (session: string, own: Setting) => Promise<void>, withPoison = true): Promise<void> {
  const own = await setting();
  const poison = withPoison ? own.poison : undefined;
  const opened = await compute.call('openSession', { game, parameters: own.w, poison, leaseSeconds: 60 });
  try {
    await use(opened.session, own);
  } finally {
    await compute.call('closeSession', { session: opened.session });
  }
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, digits = 4): void {
  expect(found.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k++) expect(found[k]).toBeCloseTo(expected[k] as number, digits);
}

const mixtureOf = ({ board: { clean }, nu }: Setting): Rows => ({
  x: Float32Array.from([...clean.x, ...nu.x]),
  y: Int32Array.from([...clean.y, ...nu.y]),
  count: clean.count + nu.count,
  features: nu.features,
});

describe('oracles of a session against closed forms', () => {
  it.each([
    ['clean', ({ board }: Setting) => board.clean],
    ['poison', ({ nu }: Setting) => nu],
    ['mixture', mixtureOf],
  ] as const)('over the %s rows', (of, rowsOf) =>
    withSession(async (session, own) => {
      const rows = rowsOf(own);
      const { loss, gradient } = await compute.call('gradient', { session, of });
      const expected = regressionGradient(own.w, rows, own.classes);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expectClose(gradient, expected.gradient);
      expectClose(
        await compute.call('hessianVectorProduct', { session, of, vector: own.v }),
        regressionHessianVectorProduct(own.w, own.v, rows, own.classes),
      );
    }),
  );

  it.each([
    ['clean', { cleanRows: { from: 7, to: 40 } }, ({ board }: Setting) => rowsBetween(board.clean, 7, 40)],
    ['poison', { poisonRows: { from: 2, to: 5 } }, ({ nu }: Setting) => rowsBetween(nu, 2, 5)],
    [
      'mixture',
      { cleanRows: { from: 600, to: 670 }, poisonRows: { from: 8, to: 9 } },
      ({ board, nu }: Setting) => concatenateRows(rowsBetween(board.clean, 600, 670), rowsBetween(nu, 8, 9)),
    ],
    [
      'mixture',
      { cleanRows: { from: 0, to: 1 } },
      (own: Setting) => concatenateRows(rowsBetween(own.board.clean, 0, 1), own.nu),
    ],
  ] as const)('over some of the %s rows: %j', (of, ranges, rowsOf) =>
    withSession(async (session, own) => {
      const rows = rowsOf(own);
      const { loss, gradient } = await compute.call('gradient', { session, of, ...ranges });
      const expected = regressionGradient(own.w, rows, own.classes);
      expect(loss).toBeCloseTo(expected.loss, 5);
      expectClose(gradient, expected.gradient);
      expectClose(
        await compute.call('hessianVectorProduct', { session, of, ...ranges, vector: own.v }),
        regressionHessianVectorProduct(own.w, own.v, rows, own.classes),
      );
      const { parameters } = await compute.call('descend', { session, of, ...ranges, steps: 1, learningRate: 0.5 });
      expectClose(
        parameters,
        own.w.map((value, k) => value - 0.5 * (expected.gradient[k] as number)),
      );
    }),
  );

  it('give the mixed product of some poison rows, the mean being over them', () =>
    withSession(async (session, { nu, w, v, classes }) => {
      const poisonRows = { from: 4, to: 6 };
      const { product, rows } = await compute.call('poisonVectorProduct', { session, vector: v, poisonRows });
      expect(rows).toBe(2);
      expectClose(product, regressionMixedProduct(w, v, rowsBetween(nu, 4, 6), classes));
    }));

  it('follow an update of the parameters', () =>
    withSession(async (session, { board, v, classes }) => {
      await compute.call('updateParameters', { session, parameters: v });
      const { gradient } = await compute.call('gradient', { session, of: 'clean' });
      expectClose(gradient, regressionGradient(v, board.clean, classes).gradient);
    }));

  it('give the mixed product for each poison row', () =>
    withSession(async (session, { nu, w, v, classes }) => {
      const { product, rows, features } = await compute.call('poisonVectorProduct', { session, vector: v });
      expect([rows, features]).toEqual([nu.count, nu.features]);
      expectClose(product, regressionMixedProduct(w, v, nu, classes));
    }));

  it('solve (H + damping I) q = v by conjugate gradients', () =>
    withSession(async (session, { w, v, board, classes }) => {
      const damping = 0.1;
      const solving = { normalEquations: false, iterations: 50, damping, tolerance: 1e-5 };
      const found = await compute.call('inverseHessianVectorProduct', { session, of: 'clean', vector: v, ...solving });
      expect(found.relativeResidual).toBeLessThan(1e-3);
      const back = regressionHessianVectorProduct(w, found.product, board.clean, classes);
      expectClose(
        back.map((value, k) => value + damping * (found.product[k] as number)),
        v,
        2,
      );
    }));

  it('solve H^2 q = H v by the normal equations, for v in the range of the singular H', () =>
    withSession(async (session, { w, v, board, classes }) => {
      const vector = Float32Array.from(regressionHessianVectorProduct(w, v, board.clean, classes));
      const solving = { normalEquations: true, iterations: 50, damping: 0, tolerance: 1e-6 };
      const found = await compute.call('inverseHessianVectorProduct', { session, of: 'clean', vector, ...solving });
      expectClose(regressionHessianVectorProduct(w, found.product, board.clean, classes), vector, 4);
      expect(found.relativeResidual).toBeLessThan(1e-3);
    }));

  it('descend as plain gradient steps do', () =>
    withSession(async (session, own) => {
      const { parameters } = await compute.call('descend', { session, of: 'mixture', steps: 3, learningRate: 0.5 });
      const rows = mixtureOf(own);
      let w = Float64Array.from(own.w);
      for (let step = 0; step < 3; step++) {
        const { gradient } = regressionGradient(w, rows, own.classes);
        w = w.map((value, k) => value - 0.5 * (gradient[k] as number));
      }
      expectClose(parameters, w);
    }));

  it('follow an update of the poison', () =>
    withSession(async (session, { poison, nu, board, w, classes }) => {
      const x = poison.x.map((value) => 2 * value);
      await compute.call('updatePoison', { session, poison: { x, y: poison.y } });
      const { mean, sd } = board.dataset.standardisation;
      const scaled = x.map((value, k) => (value - (mean[k % mean.length] as number)) / (sd[k % sd.length] as number));
      const { gradient } = await compute.call('gradient', { session, of: 'poison' });
      expectClose(gradient, regressionGradient(w, { ...nu, x: scaled }, classes).gradient);
    }));
});

describe('poison in the place of clean rows', () => {
  const base = Int32Array.of(500, 3, 77, 0, 12, 669, 5, 6, 7);

  /** chi by hand. */
  function replaced({ board, nu }: Setting): Rows {
    const x = Float32Array.from(board.clean.x);
    const y = Int32Array.from(board.clean.y);
    base.forEach((row, j) => {
      x.set(nu.x.subarray(j * nu.features, (j + 1) * nu.features), row * nu.features);
      y[row] = nu.y[j]!;
    });
    return { ...board.clean, x, y };
  }

  it('is what a session calls the mixture, all of it or some of its rows', () =>
    withSession(async (session, own) => {
      const placed = { ...own.poison, base, placement: 'replaced' as const };
      await compute.call('updatePoison', { session, poison: placed });
      const chi = replaced(own);
      const all = await compute.call('gradient', { session, of: 'mixture' });
      expectClose(all.gradient, regressionGradient(own.w, chi, own.classes).gradient);
      const some = await compute.call('gradient', { session, of: 'mixture', cleanRows: { from: 2, to: 9 } });
      expectClose(some.gradient, regressionGradient(own.w, rowsBetween(chi, 2, 9), own.classes).gradient);
      const alone = await compute.call('gradient', { session, of: 'poison' });
      expectClose(alone.gradient, regressionGradient(own.w, own.nu, own.classes).gradient);
      const range = { session, of: 'mixture' as const, poisonRows: { from: 0, to: 2 } };
      await expect(compute.call('gradient', range)).rejects.toMatchObject({ detail: { field: 'poison_rows' } });
    }));

  it('is trained on as rows of mu are, and the training accuracy is over all of them', async () => {
    const own = await setting();
    const training = { game, protocol: 'p-tgda@2', seed: 3, keepEpochs: 1, sliceSeconds: 60, state: undefined };
    const outcomeOf = async (poison: TrainInput['poison']) => {
      const { outcome } = await compute.call('train', { ...training, poison });
      if (outcome === undefined) throw new Error('the slice did not end');
      return outcome;
    };
    const { outcome: clean } = await compute.call('train', { ...training, poison: undefined });
    const { board } = own;
    const same = base.reduce((x, row, j) => {
      x.set(board.clean.x.subarray(row * board.clean.features, (row + 1) * board.clean.features), j * 2);
      return x;
    }, new Float32Array(own.nu.x.length));
    const itself = { x: storedValues(board, same), y: base.map((row) => board.clean.y[row]!) };
    const unchanged = await outcomeOf({ ...itself, base, placement: 'replaced' });
    expectClose(unchanged.parameters, clean!.parameters, 5);
    const poisoned = await outcomeOf({ ...own.poison, base, placement: 'replaced' });
    const chi = replaced(own);
    const z = regressionLogits(poisoned.parameters, chi, own.classes);
    const right = Array.from(chi.y).filter((label, j) => {
      const logits = z.slice(j * own.classes, (j + 1) * own.classes);
      return logits.indexOf(Math.max(...logits)) === label;
    }).length;
    expect(poisoned.accuracy).toBeCloseTo(right / chi.count, 9);
  });

  it.each([
    ['no base rows', undefined],
    ['too few', Int32Array.of(1, 2)],
    ['a row twice', Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1)],
    ['a row that is none', Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 10_000)],
  ])('is refused with %s', async (_, rows) => {
    const { w, poison } = await setting();
    const placed = { ...poison, base: rows, placement: 'replaced' as const };
    await expect(
      compute.call('openSession', { game, parameters: w, poison: placed, leaseSeconds: 60 }),
    ).rejects.toMatchObject({ detail: { code: 'INVALID_ARGUMENT', field: 'poison.base' } });
  });
});

describe('what a trainer refuses', () => {
  const refusal = (code: string, field: string) => ({ detail: { code, field } });

  it('is an unknown session', () =>
    expect(compute.call('gradient', { session: 'nobody', of: 'clean' })).rejects.toMatchObject(
      refusal('NOT_FOUND', 'session_id'),
    ));

  it('is a session whose lease has run out', async () => {
    const { w } = await setting();
    const { session } = await compute.call('openSession', {
      game,
      parameters: w,
      poison: undefined,
      leaseSeconds: 0.01,
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await expect(compute.call('gradient', { session, of: 'clean' })).rejects.toMatchObject(
      refusal('NOT_FOUND', 'session_id'),
    );
  });

  it('is more sessions than it keeps', () =>
    withSession(() =>
      withSession(async (_, { w }) => {
        const third = compute.call('openSession', { game, parameters: w, poison: undefined, leaseSeconds: 60 });
        await expect(third).rejects.toMatchObject(refusal('RESOURCE_EXHAUSTED', 'sessions'));
      }),
    ));

  it('is the poison of a session without poison', () =>
    withSession(async (session) => {
      await expect(compute.call('gradient', { session, of: 'poison' })).rejects.toMatchObject(
        refusal('FAILED_PRECONDITION', 'distribution'),
      );
    }, false));

  it('is a vector or parameters of another length', async () => {
    await withSession(async (session) => {
      const call = compute.call('hessianVectorProduct', { session, of: 'clean', vector: new Float32Array(1) });
      await expect(call).rejects.toMatchObject(refusal('INVALID_ARGUMENT', 'vector'));
    });
    await withSession(async (session) => {
      const call = compute.call('updateParameters', { session, parameters: new Float32Array(1) });
      await expect(call).rejects.toMatchObject(refusal('INVALID_ARGUMENT', 'parameters'));
    });
    const opening = { game, parameters: new Float32Array(1), poison: undefined, leaseSeconds: 60 };
    await expect(compute.call('openSession', opening)).rejects.toMatchObject(refusal('INVALID_ARGUMENT', 'parameters'));
  });

  it.each([
    ['clean', { cleanRows: { from: 0, to: 671 } }, 'clean_rows', '[0, 671)', '0 <= from < to <= 670'],
    ['clean', { cleanRows: { from: 5, to: 5 } }, 'clean_rows', '[5, 5)', '0 <= from < to <= 670'],
    ['mixture', { cleanRows: { from: -1, to: 5 } }, 'clean_rows', '[-1, 5)', '0 <= from < to <= 670'],
    ['mixture', { poisonRows: { from: 0, to: 10 } }, 'poison_rows', '[0, 10)', '0 <= from < to <= 9'],
    ['poison', { poisonRows: { from: 0.5, to: 2 } }, 'poison_rows', '[0.5, 2)', '0 <= from < to <= 9'],
    ['poison', { cleanRows: { from: 0, to: 1 } }, 'clean_rows', '[0, 1)', 'nothing, as the distribution is poison'],
    ['clean', { poisonRows: { from: 0, to: 1 } }, 'poison_rows', '[0, 1)', 'nothing, as the distribution is clean'],
  ] as const)('is, of the %s rows, the range %j', (of, ranges, field, found, allowed) =>
    withSession(async (session) => {
      const call = compute.call('gradient', { session, of, ...ranges });
      await expect(call).rejects.toMatchObject({
        detail: { code: 'INVALID_ARGUMENT', field, found: `"${found}"`, allowed },
      });
    }),
  );

  it('is a step size that throws the parameters out, and it keeps those it had', () =>
    withSession(async (session, { w }) => {
      const call = compute.call('descend', { session, of: 'clean', steps: 9, learningRate: 3.4e38 });
      await expect(call).rejects.toMatchObject(refusal('ABORTED', 'learning_rate'));
      const { parameters } = await compute.call('descend', { session, of: 'clean', steps: 1, learningRate: 1e-30 });
      expectClose(parameters, w, 6);
    }));

  it.each([
    ['an unknown data set', { dataset: 'mnsit' }, 'INVALID_ARGUMENT'],
    ['an unknown model', { model: 'lrr' }, 'INVALID_ARGUMENT'],
    ['more validation rows than there are', { validationCount: 670 }, 'INVALID_ARGUMENT'],
    ['an unknown scaling', { scaling: 9 }, 'INVALID_ARGUMENT'],
  ])('is %s', async (_, change, code) => {
    const opening = {
      game: { ...game, ...change },
      parameters: new Float32Array(6),
      poison: undefined,
      leaseSeconds: 60,
    };
    await expect(compute.call('openSession', opening)).rejects.toMatchObject({ detail: { code } });
  });
});

describe('slices of training', () => {
  async function train(protocol: string, sliceSeconds: number) {
    const { poison } = await setting();
    const base = { game, poison, protocol, seed: 5, keepEpochs: 3, sliceSeconds };
    let slices = 0;
    for (let state: Uint8Array | undefined; ;) {
      const end = await compute.call('train', { ...base, state });
      slices += 1;
      if (end.outcome !== undefined) return { outcome: end.outcome, slices };
      state = end.state;
    }
  }

  it.each(['p-gc', 'p-tgda', 'adam', 'p-gradpc', 'converged'])(
    'of %s end in the same bytes, however short they are',
    async (protocol) => {
      const whole = await train(protocol, 60);
      const parts = await train(protocol, 1e-6);
      expect(parts.slices).toBeGreaterThan(whole.slices);
      expect(parts.outcome.parameters).toEqual(whole.outcome.parameters);
      expect(parts.outcome.kept).toEqual(whole.outcome.kept);
      expect(parts.outcome.loss).toBe(whole.outcome.loss);
    },
  );

  it('of the converged defender end where the gradient vanishes', async () => {
    const { outcome } = await train('converged', 60);
    expect(outcome.gradientNorm).toBeLessThan(1e-4);
    expect(outcome.loss).toBeLessThan((await train('p-gc', 60)).outcome.loss);
  });

  it('are refused for a checkpoint of another request', async () => {
    const first = {
      game,
      poison: undefined,
      protocol: 'p-gc',
      seed: 1,
      keepEpochs: 1,
      sliceSeconds: 1e-6,
      state: undefined,
    };
    const { state } = await compute.call('train', first);
    await expect(compute.call('train', { ...first, seed: 2, state })).rejects.toMatchObject({
      detail: { code: 'FAILED_PRECONDITION', field: 'resume_from' },
    });
  });

  it('stop when the call is cancelled', async () => {
    const controller = new AbortController();
    const input = {
      game,
      poison: undefined,
      protocol: 'p-gradpc',
      seed: 1,
      keepEpochs: 1,
      sliceSeconds: 60,
      state: undefined,
    };
    const running = compute.call('train', input, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(running).rejects.toThrow('enough');
  });
});
