import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthImplementation } from 'grpc-health-check';
import { parseAddress } from '../address';
import { openHealthPort, type HealthPort } from '../serve/health-port';
import { probe, runProbe } from './probe';

const folder = mkdtempSync(join(tmpdir(), 'theriac-probe-'));
const health = new HealthImplementation({ '': 'SERVING' });
const open: HealthPort[] = [];
beforeEach(() => void jest.spyOn(process.stdout, 'write').mockReturnValue(true));
afterEach(() => {
  jest.restoreAllMocks();
  open.splice(0).forEach((port) => port.close());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function serve(address: string): Promise<HealthPort> {
  const port = await openHealthPort(health, address);
  open.push(port);
  return port;
}

it.each(['127.0.0.1:0', '[::1]:0', `unix:${join(folder, 'a.sock')}`])('asks a service at %s', async (address) => {
  const { address: taken } = await serve(address);
  health.setStatus('', 'SERVING');
  expect(await probe(parseAddress(taken))).toBe('SERVING');
  health.setStatus('', 'NOT_SERVING');
  expect(await probe(parseAddress(taken))).toBe('NOT_SERVING');
  health.setStatus('', 'SERVING');
});

it('asks a service that listens everywhere', async () => {
  const { address } = await serve('0.0.0.0:0');
  expect(address).toMatch(/^0\.0\.0\.0:/);
  expect(await runProbe([], { THERIAC_HEALTH_LISTEN: address, THERIAC_LISTEN: '127.0.0.1:1' })).toBe(0);
  health.setStatus('', 'NOT_SERVING');
  expect(await runProbe([], { THERIAC_LISTEN: address })).toBe(1);
  health.setStatus('', 'SERVING');
});

it('fails where nobody listens, nobody answers, or what answers is no service', async () => {
  await expect(probe(parseAddress('127.0.0.1:1'))).rejects.toThrow(/127\.0\.0\.1:1.*ECONNREFUSED/);
  await expect(probe(parseAddress(`unix:${join(folder, 'none.sock')}`))).rejects.toThrow(/ENOENT/);
  const silent = createServer((socket) => socket.on('error', () => {}));
  const rude = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  try {
    for (const server of [silent, rude]) await once(server.listen(0, '127.0.0.1'), 'listening');
    const addresses = [silent, rude].map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(probe(parseAddress(addresses[0] ?? ''), 200)).rejects.toThrow(/no answer within 200 ms/);
    await expect(probe(parseAddress(addresses[1] ?? ''))).rejects.toThrow(/no health is told/);
  } finally {
    silent.close();
    rude.close();
  }
});

it('says in one line what is wrong with an address', async () => {
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    expect(await runProbe(['nowhere'], {})).toBe(1);
    expect(await runProbe([], {})).toBe(1);
    expect(said.mock.calls[0]?.[0]).toMatch(/^theriac-health: address is "nowhere"[^\n]*\n$/);
  } finally {
    said.mockRestore();
  }
});
