import {
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status as Status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  EvaluatorServiceClient,
  EvaluatorServiceService,
  ScoreRequest,
  ScoreResponse,
} from '@theriac/contract/evaluator';
import { ErrorInfo } from '@theriac/contract/game';
import { invalid } from '@theriac/tensors';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { evaluator, failure, serving } from '../fixtures/evaluator';
import { errorInfoKey } from '../status';
import { checksumChain, integrityKey } from './chain';

const { path } = EvaluatorServiceService.score;
const request = { game: undefined, parameters: undefined, signals: undefined, members: 7 };
const bytes = (message: Buffer) => message;
const opened: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const served of opened.splice(0)) await served.stop();
});

describe('a service', () => {
  let client: EvaluatorServiceClient;
  let error: Error | undefined;
  beforeEach(async () => {
    error = undefined;
    const score = () => (error ? Promise.reject(error) : Promise.resolve({ scores: [], testCount: 9 }));
    const served = await serving([evaluator({ score })]);
    client = new EvaluatorServiceClient(served.service.address, credentials.createInsecure());
    opened.push({ stop: () => (client.close(), served.stop()) });
  });
  /** A call of bytes, as another program would make it. */
  const raw = (message: Buffer, word?: string) =>
    new Promise<{ error: ServiceError | null; echo: unknown; message: Buffer | undefined }>((resolve) => {
      const metadata = new Metadata();
      if (word !== undefined) metadata.set(integrityKey, word);
      let echo: unknown;
      client
        .makeUnaryRequest(path, bytes, bytes, message, metadata, {}, (error, answer) =>
          resolve({ error, echo, message: answer }),
        )
        .on('metadata', (received: Metadata) => ([echo] = received.get(integrityKey)));
    });
  const encoded = Buffer.from(ScoreRequest.encode(request).finish());

  it('answers a caller that announces nothing without checksums', async () => {
    const { echo, message } = await raw(encoded);
    expect(echo).toBeUndefined();
    expect(message).toEqual(Buffer.from(ScoreResponse.encode({ scores: [], testCount: 9 }).finish()));
  });

  it('verifies and gives the checksums that a caller announces', async () => {
    const { echo, message } = await raw(checksumChain(`${path} w1 request`).seal(encoded), 'w1');
    expect(echo).toBe('w1');
    const opened = checksumChain(`${path} w1 response`).open(message as Buffer);
    expect(ScoreResponse.decode(opened).testCount).toBe(9);
  });

  it('refuses what does not have the checksum as DATA_LOSS', async () => {
    expect((await raw(encoded, 'w1')).error?.code).toBe(Status.DATA_LOSS);
    const flipped = checksumChain(`${path} w1 request`).seal(encoded);
    flipped[0]! ^= 1;
    expect((await raw(flipped, 'w1')).error?.code).toBe(Status.DATA_LOSS);
  });

  it('signs its refusals', async () => {
    error = invalid('game', undefined, 'a game');
    const { error: got } = await raw(checksumChain(`${path} w1 request`).seal(encoded), 'w1');
    const [info] = got?.metadata.get(errorInfoKey) ?? [];
    const opened = checksumChain(`${path} w1 ${Status.INVALID_ARGUMENT} ${got?.details}`).open(info as Buffer);
    expect(ErrorInfo.decode(opened).field).toBe('game');
    expect(ErrorInfo.decode(info as Buffer).field).toBe('game'); // readable without knowing of it
  });
});

describe('a client', () => {
  type Answer = (word: string) => { echo?: string; message?: Buffer; code?: Status };
  async function clientOf(answer: Answer): Promise<EvaluatorServiceClient> {
    const server = new Server();
    const { score } = EvaluatorServiceService;
    const definition = { score: { ...score, requestDeserialize: bytes, responseSerialize: bytes } };
    server.addService(definition, {
      score: (call: ServerUnaryCall<unknown, unknown>, reply: sendUnaryData<unknown>) => {
        const { echo, message, code } = answer(String(call.metadata.get(integrityKey)[0]));
        const metadata = new Metadata();
        if (echo !== undefined) metadata.set(integrityKey, echo);
        call.sendMetadata(metadata);
        if (code === undefined) reply(null, message ?? null);
        else reply({ code, details: 'no' });
      },
    });
    const port = await new Promise<number>((resolve) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_, taken) => resolve(taken)),
    );
    const client = connect(EvaluatorServiceClient, `127.0.0.1:${port}`, { attempts: 1 });
    opened.push({ stop: () => Promise.resolve(client.close()).then(() => server.forceShutdown()) });
    return client;
  }
  const answered = Buffer.from(ScoreResponse.encode({ scores: [], testCount: 9 }).finish());
  const sealed = (word: string) => checksumChain(`${path} ${word} response`).seal(answered);

  it('takes answers of services that know no checksums', async () => {
    const client = await clientOf(() => ({ message: answered }));
    expect((await callUnary(client, 'score', request)).testCount).toBe(9);
  });

  it('takes answers whose checksum is right, and from then on no others', async () => {
    const answers: Answer[] = [
      (word) => ({ echo: word, message: sealed(word) }),
      (word) => ({ echo: word, message: answered }),
      () => ({ message: answered }),
      (word) => ({ echo: word, message: sealed(`${word}!`) }),
      () => ({ code: Status.UNIMPLEMENTED }),
    ];
    const client = await clientOf((word) => (answers.shift() as Answer)(word));
    expect((await callUnary(client, 'score', request)).testCount).toBe(9);
    for (let left = answers.length; left > 0; left--)
      expect((await failure(callUnary(client, 'score', request))).detail.code).toBe('DATA_LOSS');
  });

  it('believes the refusals of services that sign nothing', async () => {
    const client = await clientOf(() => ({ code: Status.NOT_FOUND }));
    expect((await failure(callUnary(client, 'score', request))).detail.code).toBe('NOT_FOUND');
  });

  it('sends no message that services would not take', async () => {
    const client = await clientOf(() => ({ message: answered }));
    const data = Buffer.alloc(4 << 20);
    const tensors = [{ name: 'parameters', dataType: 1 as const, shape: [1 << 20], data }];
    const parameters = { source: { $case: 'inline' as const, value: { tensors } } };
    const error = await failure(callUnary(client, 'score', { ...request, parameters }));
    expect(error.detail).toMatchObject({ code: 'RESOURCE_EXHAUSTED', allowed: 'at most 4194304 bytes' });
  });
});
