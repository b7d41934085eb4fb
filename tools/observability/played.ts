/** A real game between four processes over mutual TLS, and a sweep of one game, all telling a receiver; every secret is known. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startReceiver, type Receiver } from './otlp-receiver';

export interface Played {
  readonly receiver: Receiver;
  /** What each process wrote, by its name. */
  readonly said: ReadonlyMap<string, string>;
  /** Texts that must be nowhere, by where they come from. */
  readonly secrets: ReadonlyMap<string, string>;
  /** The files that the games left. */
  files(): string[];
  close(): void;
}

const root = path.join(__dirname, '..', '..');
const theriac = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
const game = ['--dataset', 'synthetic-digits', '--train-limit', '400', '--model', 'lr', '--poison-fraction', '0.05'];
const training = ['--seeds', '1', '--protocol', 'stable-sgd@3', '--attacker-protocol', 'stable-sgd@3'];
const attack = [
  '--attack',
  'gradient-canceling',
  '--option',
  'solver=descent',
  '--option',
  'iterations=15',
  '--follower',
  'remote',
];
const plan = `
title: one game
game: { dataset: synthetic-digits, model: lr, train-limit: 300, protocols: [stable-sgd@2], attacker-protocol: stable-sgd@2, seeds: 1 }
grid: { attack: [label-flip], poison-fraction: [0.03] }
`;

/** Throws what a process said that did not end well. The caller closes. */
export async function playObserved(): Promise<Played> {
  const folder = mkdtempSync(path.join(tmpdir(), 'theriac-observed-'));
  const receiver = await startReceiver();
  const said = new Map<string, string>();
  const services: ChildProcess[] = [];
  const secrets = new Map([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'canary-of-the-telemetry-header'],
    ['AWS_SECRET_ACCESS_KEY', 'canary/of/the+object/stores+secret/key0'],
    ['AWS_SESSION_TOKEN', 'canary-of-the-object-stores-session'],
  ]);
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secrets.get('OTEL_EXPORTER_OTLP_HEADERS')}`,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    AWS_ACCESS_KEY_ID: 'AKIACANARYCANARY0000',
    AWS_SECRET_ACCESS_KEY: secrets.get('AWS_SECRET_ACCESS_KEY'),
    AWS_SESSION_TOKEN: secrets.get('AWS_SESSION_TOKEN'),
    THERIAC_DEBUG: '1',
    THERIAC_LOG_LEVEL: 'trace',
    THERIAC_THREADS: '1',
  };

  function start(name: string, ...args: string[]): ChildProcess {
    const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => said.set(name, (said.get(name) ?? '') + text));
    return child;
  }
  async function run(name: string, ...args: string[]): Promise<void> {
    const [code] = (await once(start(name, theriac, ...args), 'close')) as [number | null];
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${said.get(name)?.slice(-3000)}`);
  }
  async function serve(role: string, ...args: string[]): Promise<string> {
    const main = path.join(root, 'services', role, 'dist', 'main.js');
    const child = start(role, main, '--listen', '127.0.0.1:0', '--tls', `certificates/${role}`, ...args);
    services.push(child);
    for (;;) {
      const address = /listening on (\S+)\n/.exec(said.get(role) ?? '')?.[1];
      if (address !== undefined) return address;
      if (child.exitCode !== null) throw new Error(`${role} ended:\n${said.get(role)}`);
      await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'close')]);
    }
  }
  const close = (): void => {
    for (const service of services) service.kill('SIGKILL');
    receiver.close();
    rmSync(folder, { recursive: true, force: true });
  };

  try {
    await run('certificates', 'certificates');
    for (const role of ['ca', 'driver', 'trainer', 'attacker', 'evaluator'])
      secrets.set(`the private key of ${role}`, keyOf(path.join(folder, 'certificates', role)));
    const [trainer, evaluator] = await Promise.all([serve('trainer'), serve('evaluator')]);
    const attacker = await serve('attacker', '--trainer', trainer);
    const addresses = ['--trainer', trainer, '--attacker', attacker, '--evaluator', evaluator];
    await run('game', 'play', ...game, ...training, ...attack, ...addresses, '--tls', 'certificates/driver');
    mkdirSync(path.join(folder, 'swept'));
    writeFileSync(path.join(folder, 'plan.yaml'), plan);
    await run('sweep', 'sweep', 'plan.yaml', '--runs-dir', 'swept', '--cores', '1');
    const store = ['--run-store', 's3://bucket/prefix', '--run-store-secret', 'store', '--runs-dir', 'none'];
    await run('manifest', 'sweep', 'plan.yaml', '--engine', 'kubernetes', '--manifest', ...store);
    for (const service of services) service.kill('SIGTERM');
    await Promise.all(services.map(ended));
  } catch (error) {
    close();
    throw error;
  }
  const filesIn = (place: string): string[] =>
    readdirSync(path.join(folder, place), { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => path.join(each.parentPath, each.name));
  return { receiver, said, secrets, files: () => [...filesIn('runs'), ...filesIn('swept')], close };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

/** A line in the middle of a private key. */
function keyOf(folder: string): string {
  const name = readdirSync(folder).find((each) => each.endsWith('.key')) ?? '';
  return readFileSync(path.join(folder, name), 'utf8').split('\n')[2]?.slice(0, 48) ?? '';
}
