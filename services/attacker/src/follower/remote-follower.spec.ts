/** What a remote follower asks, against a trainer that only notes it; real trainers are in bench/src/remote-follower.spec.ts. */
import { TrainerServiceClient } from '@theriac/contract/trainer';
import type { Batch, Rows } from '@theriac/game';
import { blobsOf, connect } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import { floatTensor, inlineBundle } from '@theriac/testing';
import { remoteFollower } from './remote-follower';

type Request = Readonly<Record<string, unknown>>;
type Callback = (error: Error | null, response?: unknown) => void;

const gone = (): TheriacError =>
  new TheriacError('The session is unknown or has expired.', { code: 'NOT_FOUND', field: 'session_id' });

/** A client whose calls are answered here; `answers` may fail a call by throwing. */
function notedClient(answers: (method: string, request: Request) => void = () => undefined) {
  const asked: { readonly method: string; readonly request: Request }[] = [];
  const client = connect(TrainerServiceClient, 'unix:/nonexistent/theriac');
  const vector = inlineBundle(...['gradient', 'product', 'parameters'].map((name) => floatTensor(name, [2, 4])));
  const responses: Readonly<Record<string, unknown>> = {
    openSession: { sessionId: 'one' },
    gradient: { gradient: vector, loss: 3 },
    inverseHessianVectorProduct: { product: vector, relativeResidual: 0.5, iterations: 7 },
    poisonVectorProduct: { product: vector },
    hessianVectorProduct: { product: vector },
    descend: { parameters: vector },
  };
  for (const method of [...Object.keys(responses), 'updateParameters', 'updatePoison', 'closeSession'])
    Object.assign(client, {
      [method]: (request: Request, _metadata: unknown, _options: unknown, callback: Callback) => {
        asked.push({ method, request });
        try {
          answers(method, request);
          callback(null, responses[method] ?? {});
        } catch (error) {
          callback(error as Error);
        }
        return { cancel: () => undefined };
      },
    });
  const spec = { dataset: 'd', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
  let recovered = 0;
  const recover = async () => (recovered++, 'same' as const);
  const follower = remoteFollower(
    { client, blobs: blobsOf(client), recover },
    { spec, toStored: (x) => x.map((value) => value + 1) },
  );
  const methods = (): string[] => asked.splice(0).map(({ method }) => method);
  return { follower, asked, methods, recovered: () => recovered };
}

const nu: Rows = { x: Float32Array.from([1, 2, 3, 4]), y: Int32Array.from([0, 1]), count: 2, features: 2 };
const w = Float32Array.from([1, 2]);
const batch: Batch = { clean: { from: 4, to: 8 }, nu };

describe('a remote follower', () => {
  it('opens a session with w and nu, and then sends only what has changed', async () => {
    const { follower, methods } = notedClient();
    await follower.gradient(w, batch);
    expect(methods()).toEqual(['openSession', 'gradient']);
    await follower.hessianVectorProduct(w.slice(), w, { clean: batch.clean, nu: { ...nu, x: nu.x.slice() } });
    expect(methods()).toEqual(['hessianVectorProduct']);
    await follower.gradient(Float32Array.from([1, 3]), { clean: batch.clean, nu: undefined });
    expect(methods()).toEqual(['updateParameters', 'gradient']);
    await follower.gradient(Float32Array.from([1, 3]), { ...batch, nu: { ...nu, y: Int32Array.from([0, 0]) } });
    expect(methods()).toEqual(['updatePoison', 'gradient']);
  });

  it('notices what an attack changes in place', async () => {
    const { follower, methods } = notedClient();
    const own = { ...nu, x: nu.x.slice() };
    await follower.gradient(w, { clean: undefined, nu: own });
    methods();
    own.x[0] = 9;
    await follower.gradient(w, { clean: undefined, nu: own });
    expect(methods()).toEqual(['updatePoison', 'gradient']);
  });

  it('sends poison in stored units and rows as ranges', async () => {
    const { follower, asked } = notedClient();
    await follower.gradient(w, batch);
    const [opening, gradient] = asked.map(({ request }) => request);
    const rows = (opening as { poison: { rows: { source: { value: { tensors: { data: Buffer }[] } } } } }).poison.rows;
    const { data } = rows.source.value.tensors[0]!;
    expect([...new Float32Array(Uint8Array.from(data).buffer)]).toEqual([2, 3, 4, 5]);
    expect(gradient).toMatchObject({ sessionId: 'one', distribution: 3, cleanRows: { from: 4, to: 8 } });
  });

  it('knows where the session stands after a descent', async () => {
    const { follower, methods } = notedClient();
    const next = await follower.descend(w, batch, { steps: 3, learningRate: 0.5 });
    expect([...next]).toEqual([2, 4]);
    await follower.gradient(next, batch);
    expect(methods()).toEqual(['openSession', 'descend', 'gradient']);
  });

  it('takes the mean of the mixed product over the batch, not over nu', async () => {
    const { follower } = notedClient();
    const product = await follower.poisonVectorProduct(w, w, batch);
    [2, 4].forEach((value, k) => expect(product[k]).toBeCloseTo(value / 3, 6));
    expect([...(await follower.poisonVectorProduct(w, w, { clean: undefined, nu }))]).toEqual([2, 4]);
    expect(await follower.poisonVectorProduct(w, w, { clean: batch.clean, nu: undefined })).toHaveLength(0);
  });

  it('opens a session again where the old one is gone, and gives up where that is gone too', async () => {
    let failures = 1;
    const { follower, methods } = notedClient((method) => {
      if (method === 'gradient' && failures-- > 0) throw gone();
    });
    expect((await follower.gradient(w, batch)).loss).toBe(3);
    expect(methods()).toEqual(['openSession', 'gradient', 'openSession', 'gradient']);
    failures = 2;
    await expect(follower.gradient(w, batch)).rejects.toMatchObject({ detail: { field: 'session_id' } });
  });

  it('outlasts a trainer that starts anew: finds it again, opens a session and sends everything', async () => {
    const { follower, methods, recovered } = notedClient(
      (() => {
        let calls = 0;
        return (method) => {
          calls += 1;
          if (calls === 3 && method === 'gradient') throw new TheriacError('gone', { code: 'UNAVAILABLE' });
          if (calls === 4) throw gone();
        };
      })(),
    );
    await follower.gradient(w, batch);
    expect((await follower.gradient(w, batch)).loss).toBe(3);
    expect(methods()).toEqual(['openSession', 'gradient', 'gradient', 'updateParameters', 'openSession', 'gradient']);
    expect(recovered()).toBe(1);
  });

  it('passes other refusals on, and closes its session once', async () => {
    const refused = new TheriacError('no', { code: 'INVALID_ARGUMENT', field: 'vector' });
    const { follower, methods } = notedClient((method) => {
      if (method === 'hessianVectorProduct') throw refused;
    });
    await expect(follower.hessianVectorProduct(w, w, batch)).rejects.toBe(refused);
    await follower.close();
    await follower.close();
    expect(methods()).toEqual(['openSession', 'hessianVectorProduct', 'closeSession']);
  });
});
