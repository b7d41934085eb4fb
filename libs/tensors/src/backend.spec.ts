import type * as Engine from './engine';

/** A process has one backend, so every test has modules of its own; tfjs keeps its engine and registries in the global object. */
function freshModules(): void {
  jest.resetModules();
  for (const name of ['_tfengine', '_tfGlobals']) Reflect.deleteProperty(globalThis, name);
}

function freshEngine(): typeof Engine {
  freshModules();
  return jest.requireActual<typeof Engine>('./engine');
}

const forced = process.env.THERIAC_BACKEND;
beforeEach(() => {
  delete process.env.THERIAC_BACKEND;
});
afterAll(() => {
  if (forced !== undefined) process.env.THERIAC_BACKEND = forced;
});

describe('startBackend', () => {
  it.each(['tensorflow', 'wasm', 'cpu'] as const)(
    'starts %s when asked for it, and proves its derivatives',
    async (name) => {
      const { startBackend, currentBackend, liveTensors, tf } = freshEngine();
      expect(() => currentBackend()).toThrow(/No backend runs yet.*startBackend/);
      const report = await startBackend({ prefer: name, threads: 1 });
      expect(report).toMatchObject({
        name,
        threads: 1,
        secondOrder: true,
        compiles: name === 'tensorflow',
        rejected: [],
      });
      expect(report.version).toMatch(/^\d+\.\d+/);
      expect(report.selfCheck.worstRelativeError).toBeGreaterThan(0);
      expect(report.selfCheck.worstRelativeError).toBeLessThan(1e-3);
      expect(report.reason).toBe(`${name} is asked for by prefer`);
      expect(tf.getBackend()).toBe(name);
      expect(currentBackend()).toBe(report);
      expect(await startBackend()).toBe(report);
      await expect(startBackend({ prefer: name === 'cpu' ? 'wasm' : 'cpu' })).rejects.toThrow(/runs already/);
      expect(liveTensors()).toBe(0);
    },
  );

  it('takes THERIAC_BACKEND, and refuses a name that it does not know', async () => {
    process.env.THERIAC_BACKEND = 'webgl';
    const { startBackend } = freshEngine();
    await expect(startBackend()).rejects.toThrow(/THERIAC_BACKEND is "webgl"; allowed: auto, tensorflow, wasm, cpu/);
    process.env.THERIAC_BACKEND = 'cpu';
    expect(await startBackend()).toMatchObject({ name: 'cpu', reason: 'cpu is asked for by THERIAC_BACKEND' });
  });

  it('passes to the next when the native library is missing, saying why; forced, it is an error', async () => {
    jest.doMock('./backends/tensorflow', () => ({
      loadTensorflow: () => {
        const { TheriacError } = jest.requireActual<typeof import('./errors')>('./errors');
        throw new TheriacError('g++ is not installed', { code: 'UNAVAILABLE', remedy: 'Install g++.' });
      },
    }));
    try {
      await expect(freshEngine().startBackend({ prefer: 'tensorflow' })).rejects.toThrow(
        /tensorflow backend, asked for by prefer, cannot start: g\+\+ is not installed\..* Install g\+\+\./,
      );
      const report = await freshEngine().startBackend({ threads: 1 });
      expect(report.name).toBe('wasm');
      expect(report.rejected).toEqual([{ name: 'tensorflow', why: 'g++ is not installed', remedy: 'Install g++.' }]);
      expect(report.reason).toContain('g++ is not installed');
    } finally {
      jest.dontMock('./backends/tensorflow');
    }
  });

  it('passes over a backend whose derivatives are wrong, and takes back the gradients it brought', async () => {
    let calls = 0;
    const tolerated = 5e-3;
    jest.doMock('./self-check', () => ({
      tolerated,
      selfCheck: () => ({ worstRelativeError: calls++ === 0 ? 0.5 : 1e-5, seconds: 0 }),
    }));
    try {
      const { startBackend, gradient, tf } = freshEngine();
      const report = await startBackend({ threads: 1 });
      expect(report).toMatchObject({ name: 'wasm', secondOrder: true, rejected: [{ name: 'tensorflow' }] });
      expect(report.rejected[0]?.why).toBe('its derivatives are wrong (relative error 5.0e-1)');
      const slope = gradient((w) => tf.sum(tf.relu(w)), tf.tensor1d([-1, 2])).gradient;
      expect([...slope.dataSync()]).toEqual([0, 1]);

      calls = 0;
      expect(await freshEngine().startBackend({ prefer: 'cpu' })).toMatchObject({ name: 'cpu', secondOrder: false });
    } finally {
      jest.dontMock('./self-check');
    }
  });
});

describe('selfCheck', () => {
  it('tells wrong second derivatives', async () => {
    freshModules();
    const { tf } = jest.requireActual<typeof import('./tf')>('./tf');
    const { selfCheck, tolerated } = jest.requireActual<typeof import('./self-check')>('./self-check');
    const { installSecondOrder } =
      jest.requireActual<typeof import('./second-order/install')>('./second-order/install');
    await tf.setBackend('cpu');
    expect(() => selfCheck()).toThrow(); // stock tfjs
    installSecondOrder();
    expect(selfCheck().worstRelativeError).toBeLessThan(tolerated);
    const right = tf.getGradient('Tanh');
    tf.unregisterGradient('Tanh');
    tf.registerGradient({
      ...right,
      gradFunc: (dy, [y]) => ({
        x: () => tf.mul(dy as import('@tensorflow/tfjs').Tensor, tf.sub(1, y as import('@tensorflow/tfjs').Tensor)),
      }),
    });
    expect(selfCheck().worstRelativeError).toBeGreaterThan(tolerated);
  });
});
