import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultProxy, type FaultProxy, type ProxyOptions } from '.';

let echo: Server;
let proxy: FaultProxy | undefined;
beforeAll(async () => {
  echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => echo.close(resolve)));
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});

async function open(options: ProxyOptions = {}): Promise<FaultProxy> {
  return (proxy = await faultProxy(`127.0.0.1:${(echo.address() as AddressInfo).port}`, options));
}
const dial = (address: string): Socket =>
  address.startsWith('unix:')
    ? connect(address.slice(5))
    : connect(Number(address.slice(address.lastIndexOf(':') + 1)), '127.0.0.1');

/** What comes back of a text, how it ended and after how long. */
function sent(address: string, ...texts: readonly string[]): Promise<{ text: string; end: string; seconds: number }> {
  return new Promise((resolve) => {
    const started = performance.now();
    const socket = dial(address);
    let text = '';
    const done = (end: string) => resolve({ text, end, seconds: (performance.now() - started) / 1000 });
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('end', () => done('end')).on('error', (error: NodeJS.ErrnoException) => done(error.code ?? ''));
    socket.write(texts[0] ?? '');
    texts.slice(1).forEach((more, k) => setTimeout(() => socket.write(more), 15 * (k + 1)));
    setTimeout(() => socket.end(), 15 * texts.length);
  });
}

it('passes bytes on, over TCP and over a socket', async () => {
  const { address } = await open();
  expect(await sent(address, 'hello')).toMatchObject({ text: 'hello', end: 'end' });
  await proxy?.close();
  const folder = await mkdtemp(join(tmpdir(), 'theriac-test-'));
  const over = await open({ listen: `unix:${join(folder, 'p.sock')}` });
  expect(await sent(over.address, 'hello')).toMatchObject({ text: 'hello', end: 'end' });
  expect([over.passed('up'), over.passed('down'), over.connections]).toEqual([5, 5, 1]);
  await rm(folder, { recursive: true });
});

it('delays and slows down', async () => {
  expect((await sent((await open({ delaySeconds: 0.1 })).address, 'x')).seconds).toBeGreaterThan(0.19);
  await proxy?.close();
  const slow = await open({ bytesPerSecond: 100_000 });
  const { text, seconds } = await sent(slow.address, 'x'.repeat(20_000));
  expect(text).toHaveLength(20_000);
  expect(seconds).toBeGreaterThan(0.19);
});

it('flips the bit that is asked for, once, counted over connections', async () => {
  const { address, inject } = await open();
  inject('down', [{ kind: 'flip', at: 7, bit: 1 }]);
  expect((await sent(address, 'aaaaa')).text).toBe('aaaaa');
  expect((await sent(address, 'aaaaa')).text).toBe('aacaa');
  expect((await sent(address, 'aaaaa')).text).toBe('aaaaa');
});

it('truncates, resets and reorders', async () => {
  const { address, inject, pending } = await open();
  inject('down', [{ kind: 'truncate', at: 2 }]);
  expect(await sent(address, 'abcd')).toMatchObject({ text: 'ab', end: 'end' });
  inject('down', [{ kind: 'reset', at: 6 }]);
  expect(await sent(address, 'abcd')).toMatchObject({
    text: 'ab',
    end: expect.stringMatching(/ECONNRESET|end/) as string,
  });
  inject('up', [{ kind: 'reorder', at: 10 }]);
  expect((await sent(address, 'abcd', 'ef')).text).toBe('abefcd');
  expect(pending('up')).toBe(0);
});
