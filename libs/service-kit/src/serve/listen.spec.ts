import { existsSync, statSync } from 'node:fs';
import { link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callUnary } from '../client/calls';
import { flowControlWindow } from '../client/connect';
import { evaluator, failure, serving, type Served } from '../fixtures/evaluator';
import { serve } from './serve';

const scored = { scores: [], testCount: 7 };
const request = { game: undefined, parameters: undefined };
const opened: Served[] = [];
afterEach(async () => {
  for (const served of opened.splice(0)) await served.stop();
});
async function open(...given: Parameters<typeof serving>): Promise<Served> {
  const served = await serving(...given);
  opened.push(served);
  return served;
}

describe('an address', () => {
  let folder: string;
  beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'theriac-test-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const start = (listen: string) =>
    serve({ role: 'evaluator', listen, implement: () => [evaluator({ score: () => Promise.resolve(scored) })] });

  it('may be a socket, for its owner only, removed at the end', async () => {
    const path = join(folder, 'a.sock');
    const { client, service } = await open([evaluator({ score: () => Promise.resolve(scored) })], {
      listen: `unix:${path}`,
    });
    expect(service.address).toBe(`unix:${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await callUnary(client, 'score', request)).toEqual(scored);
    expect((await failure(start(`unix:${path}`))).detail).toMatchObject({
      code: 'FAILED_PRECONDITION',
      found: 'EADDRINUSE',
    });
    await opened.pop()?.stop();
    expect(existsSync(path)).toBe(false);
  });

  it('may be a socket that a dead service left behind', async () => {
    const path = join(folder, 'stale.sock');
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(join(folder, 'moved.sock'), resolve));
    await link(join(folder, 'moved.sock'), path);
    await new Promise((resolve) => dead.close(resolve));
    expect(statSync(path).isSocket()).toBe(true);
    await (await start(`unix:${path}`)).drain(0);
  });

  it('must not be another file', async () => {
    const path = join(folder, 'notes.txt');
    await writeFile(path, 'mine');
    expect((await failure(start(`unix:${path}`))).message).toMatch(/no socket/);
    expect(existsSync(path)).toBe(true);
    expect((await failure(start(`unix:${join(folder, 'absent', 'a.sock')}`))).detail.remedy).toMatch(/folder/);
  });

  it('that is in use is refused', async () => {
    const { service } = await open([evaluator({})]);
    const error = await failure(start(service.address));
    expect(error.detail).toMatchObject({ code: 'FAILED_PRECONDITION', field: 'listen', found: 'EADDRINUSE' });
    expect(error.message).toContain(service.address);
  });

  it('beyond this machine is refused in plaintext', async () => {
    expect((await failure(start('0.0.0.0:0'))).detail.remedy).toMatch(/--allow-plaintext/);
  });

  it('lets callers have 8 MiB under way', async () => {
    const { service } = await open([evaluator({})]);
    const session = http2.connect(`http://${service.address}`);
    const settings = await new Promise<http2.Settings>((resolve) => session.on('remoteSettings', resolve));
    session.close();
    expect(settings.initialWindowSize).toBe(flowControlWindow);
  });
});
