import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { callUnary } from '../client/calls';
import { connect } from '../client/connect';
import { failure } from '../fixtures/evaluator';
import { version } from '../version';

const main = join(__dirname, '../fixtures/service-main.cjs');

interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const running: ChildProcess[] = [];
afterEach(() => running.splice(0).forEach((child) => child.kill('SIGKILL')));

function start(...args: string[]): Program {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  running.push(child);
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (text.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (text.stderr += data.toString()));
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...text })) };
}

/** The address in the one line that a service prints when it serves. */
async function addressOf({ child }: Program): Promise<string> {
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const [, address] = /^theriac-evaluator is listening on (\S+)\n$/.exec(line.toString()) ?? [];
  if (address === undefined) throw new Error(line.toString());
  return address;
}

const request = (milliseconds: number) => ({
  game: { dataset: '', trainLimit: milliseconds, validationCount: 0, model: '', scaling: 0 as const },
  parameters: undefined,
});

it('finishes what is under way on SIGTERM and ends with 0', async () => {
  const program = start();
  const client = connect(EvaluatorServiceClient, await addressOf(program));
  expect((await callUnary(client, 'score', request(0))).testCount).toBe(program.child.pid);
  const call = callUnary(client, 'score', request(500));
  await new Promise((resolve) => setTimeout(resolve, 200));
  program.child.kill('SIGTERM');
  expect((await call).testCount).toBe(program.child.pid);
  const { code, stdout, stderr } = await program.ended;
  client.close();
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(2);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ msg }) => msg)).toEqual(['serving', 'ending', 'draining', 'drained']);
});

it('ends at once on a second signal', async () => {
  const program = start();
  const client = connect(EvaluatorServiceClient, await addressOf(program), { attempts: 1 });
  const call = failure(callUnary(client, 'score', request(60_000)));
  await new Promise((resolve) => setTimeout(resolve, 200));
  program.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 200));
  program.child.kill('SIGTERM');
  expect((await program.ended).code).toBe(1);
  expect((await call).detail.code).toBe('UNAVAILABLE');
  client.close();
});

it('does not outlive its parent where that was asked', async () => {
  const program = start('--exit-with-parent');
  await addressOf(program);
  program.child.stdin?.end();
  expect((await program.ended).code).toBe(0);
});

it('says in one line why it cannot start', async () => {
  const first = start();
  const address = await addressOf(first);
  const cases = [
    start('--listen', address),
    start('--listen', '0.0.0.0:0'),
    start('--listen', 'unix:/nonexistent/a.sock'),
    start('--frobnicate'),
  ];
  const ends = await Promise.all(cases.map(({ ended }) => ended));
  const reasons = [/in use.*--listen/, /plaintext/, /cannot listen.*folder/, /command line/];
  ends.forEach(({ code, stdout, stderr }, at) => {
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^theriac-evaluator: [^\n]+\n$/);
    expect(stderr).toMatch(reasons[at] ?? /^$/);
  });
});

it('explains itself', async () => {
  const [help, versionText] = await Promise.all([start('--help').ended, start('--version').ended]);
  expect(help).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/theriac-evaluator: a service for tests/),
  });
  expect(versionText).toMatchObject({ code: 0, stdout: `theriac-evaluator ${version}\n` });
});
