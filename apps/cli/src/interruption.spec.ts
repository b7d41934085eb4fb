/** What happens when a service dies, the driver is killed, or the user interrupts. What is built is run. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCommand, theriac, withoutTimes } from './fakes/built-command';
import type { BuiltCommand } from './fakes/built-command';

const longest = 120_000;
let command: BuiltCommand;
beforeAll(() => {
  command = builtCommand();
});
afterAll(() => command.remove());

const data = ['--dataset', 'synthetic-digits', '--train-limit', '1000', '--model', 'lr'];
const training = ['--protocol', 'p-gc@40', '--attacker-protocol', 'p-gradpc@20', '--seeds', '1', '--fresh'];
const game = ['play', ...data, '--attack', 'label-flip', ...training];

interface Begun {
  readonly child: ChildProcess;
  readonly id: string;
  readonly services: readonly { readonly pid: number; readonly role: string }[];
  readonly exit: Promise<number | null>;
  said(): string;
}

/** Starts a game and waits until its clean training has begun. */
async function begin(runs: string): Promise<Begun> {
  const child = spawn(process.execPath, [theriac, ...game, '--runs-dir', runs], { cwd: command.folder });
  const exit = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString('utf8')));
  while (!said.includes('train on clean data')) {
    if (child.exitCode !== null) throw new Error(said);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const id = readdirSync(join(command.folder, runs)).find((name) => !name.startsWith('.')) ?? '';
  return { child, id, services: servicesOf(child.pid), exit, said: () => said };
}

function servicesOf(pid: number | undefined): { pid: number; role: string }[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+).*services\/(\w+)\/dist\/main\.js/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), role: match[2] ?? '' }];
  });
}

const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

/** A service notices the end of its driver by itself, within a moment. */
async function gone(services: Begun['services']): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (services.every(({ pid }) => isGone(pid))) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

it.each([
  ['dies', 'SIGKILL', 'trainer', /the trainer died \(signal SIGKILL\) and was started anew/],
  ['freezes', 'SIGSTOP', 'trainer', /the trainer did not answer and was started anew/],
] as const)(
  'starts a service anew that %s, says so, and ends the game',
  async (_, signal, victim, words) => {
    const { id, services, exit, said } = await begin(signal);
    process.kill(services.find(({ role }) => role === victim)?.pid ?? 0, signal);
    expect(await exit).toBe(0);
    expect(said()).toMatch(words);
    const events = readFileSync(join(command.folder, signal, id, 'events.jsonl'), 'utf8');
    expect(events).toMatch(/"event":"lost".*\n.*"event":"recovered".*"role":"trainer".*"how":"restarted"/);
    expect(servicesOf(process.pid)).toEqual([]);
  },
  longest,
);

it(
  'goes on after kill -9 with the same bytes, and leaves no service behind',
  async () => {
    const { child, id, services, exit } = await begin('driver');
    expect(services.map(({ role }) => role).sort()).toEqual(['attacker', 'evaluator', 'trainer']);
    child.kill('SIGKILL');
    await exit;
    expect(await gone(services)).toBe(true);
    const card = command.card('resume', id, '--runs-dir', 'driver', '--json');
    const whole = command.card(...game, '--runs-dir', 'undisturbed', '--json');
    expect(withoutTimes(card)).toEqual(withoutTimes(whole));
    expect(command.poison('driver', id).equals(command.poison('undisturbed', whole.id))).toBe(true);
  },
  longest,
);

it(
  'ends on Ctrl-C with 130 and says how to go on',
  async () => {
    const { child, services, exit, said } = await begin('interrupted');
    child.kill('SIGINT');
    expect(await exit).toBe(130);
    expect(said()).toMatch(/theriac: interrupted.*theriac resume /);
    expect(await gone(services)).toBe(true);
  },
  longest,
);
