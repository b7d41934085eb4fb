/** A whole game over mutual TLS: three services on TCP, each with an identity of its own. What is built is run. */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from './driver/players';
import { entryOf } from './embedded/child-service';
import { builtCommand, withoutTimes } from './fakes/built-command';
import type { BuiltCommand } from './fakes/built-command';

const longest = 120_000;
let command: BuiltCommand;
const children: ChildProcessWithoutNullStreams[] = [];
const logs: Record<Role, string> = { trainer: '', attacker: '', evaluator: '' };
const addresses: string[] = [];

async function start(role: Role, ...settings: string[]): Promise<string> {
  const args = [entryOf(role), '--listen', '127.0.0.1:0', '--tls', join(command.folder, 'certificates', role)];
  const child = spawn(process.execPath, [...args, '--exit-with-parent', ...settings]);
  children.push(child);
  child.stderr.on('data', (data: Buffer) => (logs[role] += data.toString()));
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(logs[role]))),
  ])) as [Buffer];
  const address = /listening on (\S+)/.exec(line.toString())?.[1] ?? '';
  addresses.push(`--${role}`, address);
  return address;
}

beforeAll(async () => {
  command = builtCommand();
  expect(command.run('certificates')).toMatchObject({ code: 0, err: '' });
  const trainer = await start('trainer');
  await Promise.all([start('attacker', '--trainer', trainer), start('evaluator')]);
}, longest);
afterAll(async () => {
  await Promise.all(
    children.map(async (child) => {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    }),
  );
  command.remove();
});

const game = [
  ...['play', '--dataset', 'synthetic-digits', '--train-limit', '1000', '--model', 'lr', '--json'],
  ...['--attack', 'gradient-canceling', '--target', 'reversed', '--option', 'iterations=30'],
  ...['--protocol', 'p-gc@5', '--seeds', '1'],
];
const as = (role: string): string[] => [...addresses, '--tls', join('certificates', role)];
/** What a service has refused so far, once it has refused something. */
async function denials(role: Role): Promise<Record<string, unknown>[]> {
  const found = (): string[] => logs[role].split('\n').filter((line) => line.includes('"audit":"denied"'));
  while (found().length === 0) await sleep(50);
  return found().map((line) => JSON.parse(line) as Record<string, unknown>);
}

it(
  'plays, to the same bytes as without',
  () => {
    const card = command.card(...game, ...as('driver'));
    const alone = command.card(...game, '--runs-dir', 'alone');
    expect(withoutTimes(card)).toEqual(withoutTimes(alone));
    expect(command.poison('runs', card.id)).toEqual(command.poison('alone', alone.id));
  },
  longest,
);

it(
  'plays with a follower that the attacker asks under its own identity',
  () => {
    const card = command.card(...game, ...as('driver'), '--follower', 'remote');
    expect(card.residual?.after).toBeLessThan(card.residual?.before ?? 0);
  },
  longest,
);

it(
  'lets others see what is on offer, and no more',
  async () => {
    expect(command.run('attacks', ...as('observer')).out).toContain('gradient-canceling');
    for (const role of ['observer', 'attacker']) {
      const { code, out, err } = command.run(...game, ...as(role), '--runs-dir', role);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(new RegExp(`^theriac: spiffe://theriac/${role} may not call [^\n]+\n$`));
    }
    expect(await denials('trainer')).toEqual([
      expect.objectContaining({ identity: 'spiffe://theriac/observer', method: '/theriac.v1.TrainerService/Train' }),
    ]);
  },
  longest,
);

it(
  'is played with nobody who has no certificate',
  () => {
    const { code, err } = command.run(...game, ...addresses, '--runs-dir', 'plain');
    expect(code).toBe(1);
    expect(err).toMatch(/--tls/);
  },
  longest,
);

it('overwrites no certificates', () => {
  const { code, err } = command.run('certificates');
  expect(code).toBe(1);
  expect(err).toMatch(/^theriac: .*cannot be written.*move the folder away[^\n]*\n$/);
});
