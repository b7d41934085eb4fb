/** What is built is held against the Python trainer: the contract, and games beside those of the project's own trainer. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const root = path.resolve(__dirname, '../..');
const command = path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs');
const python = process.env['THERIAC_PYTHON'] ?? 'python3';
const hasPackages = spawnSync(python, ['-c', 'import grpc, grpc_tools.protoc, numpy']).status === 0;
const longest = 240_000;

/** What is read of a result card. */
interface Card {
  readonly backends: { readonly trainer: string };
  readonly target: { readonly tau: number } | null;
  readonly protocols: readonly {
    readonly clean: { readonly mean: number };
    readonly drop: { readonly mean: number };
  }[];
}

/** The trainer on a socket in `folder`, once it listens. */
async function trainerIn(folder: string): Promise<{ readonly process: ChildProcess; readonly address: string }> {
  const address = `unix:${folder}/trainer.sock`;
  const child = spawn(python, ['-B', path.join(__dirname, 'trainer.py'), '--listen', address, '--threads', '1']);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += String(chunk)));
  const [said] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error(`the trainer ended: ${log}`))),
  ])) as [string];
  expect(said).toBe(`python-trainer is listening on ${address}`);
  return { process: child, address };
}

/** What the command line prints on standard output as JSON, and its exit code. */
async function told<T>(...words: string[]): Promise<{ readonly code: number; readonly document: T }> {
  const child = spawn(process.execPath, [command, ...words, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors]: string[] = await Promise.all(
    [child.stdout, child.stderr].map(async (stream) => Buffer.concat((await stream.toArray()) as Buffer[]).toString()),
  );
  if (child.exitCode === null) await once(child, 'exit');
  if (output === '') throw new Error(errors);
  return { code: child.exitCode ?? -1, document: JSON.parse(output as string) as T };
}

describe('the Python trainer', () => {
  it('has a method for each of the trainer and of the blob store', () => {
    const source = readdirSync(__dirname)
      .filter((name) => name.endsWith('.py'))
      .map((name) => readFileSync(path.join(__dirname, name), 'utf8'))
      .join('\n');
    const methods = ['trainer', 'tensor'].flatMap((name) => {
      const text = readFileSync(path.join(root, 'proto', 'theriac', 'v1', `${name}.proto`), 'utf8');
      return [...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, method]) => method as string);
    });
    expect(methods.length).toBeGreaterThan(12);
    expect(methods.filter((method) => !source.includes(`def ${method}(self, `))).toEqual([]);
  });

  if (!hasPackages) {
    process.stderr.write(
      `notice: the Python trainer is not run: ${python} lacks grpcio, grpcio-tools or numpy ` +
        '(python3 -m pip install -r examples/python-trainer/requirements.txt)\n',
    );
    return;
  }

  let folder: string;
  let trainer: Awaited<ReturnType<typeof trainerIn>>;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'theriac-python-'));
    trainer = await trainerIn(folder);
  }, longest);
  afterAll(() => {
    trainer.process.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it(
    'keeps the contract',
    async () => {
      const { code, document } = await told<unknown>('conformance', '--trainer', trainer.address);
      expect(JSON.stringify(document, null, 1)).not.toContain('"failed"');
      expect(code).toBe(0);
    },
    longest,
  );

  it('finds every bit that is flipped in a message', () => {
    const { status, stdout } = spawnSync(python, ['-B', path.join(__dirname, 'check_checksums.py'), trainer.address], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^\d+ bits of an answer and \d+ of a request: 0 wrong$/m);
    expect(status).toBe(0);
  }, 60_000);

  it.each([
    ['lr', 'label-flip', 'p-gc@10,stable-sgd@5', 0.5],
    // Poison that was crafted from parameters which differ by rounding is other poison.
    ['lr', 'gradient-canceling', 'p-tgda@10', 15],
    ['nn-gc', 'label-flip', 'p-tgda@5', 0.5],
  ])(
    'plays %s against %s as the trainer of the project does, by %s',
    async (model, attack, protocol, within) => {
      const game = [
        'play',
        '--dataset',
        'synthetic-digits',
        '--train-limit',
        '1000',
        '--model',
        model,
        '--attack',
        attack,
      ];
      const how = ['--protocol', protocol, '--attacker-protocol', 'p-gradpc@2', '--seeds', '2', '--runs-dir', folder];
      const cards = [];
      for (const at of [['--trainer', trainer.address], []])
        cards.push((await told<Card>(...game, ...how, ...at)).document);
      const [theirs, ours] = cards as [Card, Card];
      expect(theirs.backends.trainer).toMatch(/^numpy /);
      expect(theirs.protocols).toHaveLength(protocol.split(',').length);
      theirs.protocols.forEach(({ clean, drop }, k) => {
        expect(Math.abs(clean.mean - (ours.protocols[k]?.clean.mean ?? NaN))).toBeLessThan(0.5);
        expect(Math.abs(drop.mean - (ours.protocols[k]?.drop.mean ?? NaN))).toBeLessThan(within);
      });
      if (ours.target !== null) expect((theirs.target?.tau ?? NaN) / ours.target.tau).toBeCloseTo(1, 2);
    },
    longest,
  );

  it('ends in order when it is told to', async () => {
    const ended = once(trainer.process, 'exit');
    trainer.process.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
  }, 60_000);
});
