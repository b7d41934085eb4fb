/** Processes that want the same run at the same instant. What is built is run. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { thisProcess } from './process-identity';

const built = join(__dirname, '..', '..', 'dist', 'driver', 'lock.js');
const longest = 120_000;
let folder: string;
beforeAll(() => {
  if (!existsSync(built)) throw new Error('These tests run what is built: npx nx run-many -t build');
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-race-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script in `count` processes, each with `lockRun`, `fs` and `folder`; gives what each printed. */
function race(count: number, script: string): Promise<string[]> {
  const head = `const { lockRun } = require(${JSON.stringify(built)}); const fs = require('node:fs'); const folder = ${JSON.stringify(folder)};`;
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const child = spawn(process.execPath, ['-e', `${head} const index = ${index}; ${script}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      return text(child.stdout);
    }),
  );
}

it(
  'gives a run to one of the processes that start at the same instant, and to the next epoch when it is stale',
  async () => {
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      mkdirSync(join(folder, String(round)));
      // Every other run was left behind by an owner that is dead, or has let go.
      const stale = { ...thisProcess(), ...(round % 4 === 1 ? { started: 'long ago' } : { released: true }) };
      if (round % 2 === 1) writeFileSync(join(folder, String(round), 'lock-6'), JSON.stringify(stale));
    }
    const start = Date.now() + 1_500;
    const printed = await race(
      4,
      `for (let round = 0; round < ${rounds}; round++) {
        while (Date.now() < ${start} + 25 * round);
        try { console.log(round, lockRun(folder + '/' + round).epoch); } catch (error) {
          if (!/being played by another process/.test(error.message)) throw error;
        }
      }
      while (Date.now() < ${start} + 25 * ${rounds} + 1000);`,
    );
    const owners = printed.flatMap((lines) => lines.trim().split('\n')).filter((line) => line !== '');
    const expected = Array.from({ length: rounds }, (_, round) => `${round} ${round % 2 === 1 ? 7 : 1}`);
    expect(owners.sort()).toEqual(expected.sort());
  },
  longest,
);

it(
  'never lets two processes in at once, however often they come and go',
  async () => {
    const printed = await race(
      4,
      `let entered = 0;
      const end = Date.now() + 4000;
      while (Date.now() < end) {
        let lock;
        try { lock = lockRun(folder); } catch (error) {
          if (!/being played by another process/.test(error.message)) throw error;
          continue;
        }
        fs.closeSync(fs.openSync(folder + '/inside', 'wx'));
        lock.ensureHeld();
        fs.rmSync(folder + '/inside');
        entered += 1;
        lock.release();
      }
      console.log(entered);`,
    );
    const entered = printed.map(Number);
    expect(entered.every((count) => count > 0)).toBe(true);
  },
  longest,
);

it(
  'stops an owner that was replaced while it was stopped before it writes anything',
  async () => {
    const atomic = join(__dirname, '..', '..', 'dist', 'driver', 'atomic-file.js');
    const printed = await race(
      1,
      `const { writeFileAtomic } = require(${JSON.stringify(atomic)});
      const lock = lockRun(folder);
      writeFileAtomic(folder + '/record', 'mine', lock.ensureHeld);
      // Another machine has waited long enough, and plays on.
      fs.writeFileSync(folder + '/lock-2', JSON.stringify({ pid: 1, host: 'another', place: '', started: '', token: 'other' }));
      fs.writeFileSync(folder + '/record', 'theirs');
      try { writeFileAtomic(folder + '/record', 'mine again', lock.ensureHeld); } catch (error) { console.log(error.detail.code); }
      console.log(fs.readFileSync(folder + '/record', 'utf8'), fs.readdirSync(folder).join());
      process.exit();`,
    );
    expect(printed[0]).toBe('FAILED_PRECONDITION\ntheirs lock-1,lock-2,record\n');
  },
  longest,
);
