import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockRun } from './lock';
import { thisProcess } from './process-identity';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const locks = (): string[] => readdirSync(folder).filter((name) => name.startsWith('lock-'));
const claim = (epoch: number, owner: object): void =>
  writeFileSync(join(folder, `lock-${epoch}`), JSON.stringify(owner));

/** A process that is certainly over. */
function deadProcess(): number {
  return Number(spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString());
}

describe('lockRun', () => {
  it('refuses a second owner while the first lives, and names it', () => {
    const lock = lockRun(folder);
    expect(() => lockRun(folder)).toThrow(`process ${process.pid} on ${hostname()}`);
    lock.release();
    expect(lockRun(folder).epoch).toBe(2);
    expect(locks()).toEqual(['lock-2']);
  });

  it('takes a dead owner over, with the next epoch', () => {
    claim(4, { ...thisProcess(), pid: deadProcess() });
    const lock = lockRun(folder);
    expect(lock.epoch).toBe(5);
    expect(() => lock.ensureHeld()).not.toThrow();
    lock.release();
  });

  it('is not deceived by a process id used again', () => {
    claim(1, { ...thisProcess(), started: 'long ago' });
    expect(lockRun(folder).epoch).toBe(2);
  });

  it('takes over what a crash of the machine left unreadable', () => {
    writeFileSync(join(folder, 'lock-3'), '');
    expect(lockRun(folder).epoch).toBe(4);
  });

  it.each(['host', 'place'])(
    'waits for an owner of another %s, until it gives no sign of life for a minute',
    (other) => {
      claim(1, { ...thisProcess(), [other]: 'another' });
      expect(() => lockRun(folder)).toThrow(/process \d+ on .*60 s after its last sign of life/);
      const longAgo = new Date(Date.now() - 61_000);
      utimesSync(join(folder, 'lock-1'), longAgo, longAgo);
      expect(lockRun(folder).epoch).toBe(2);
    },
  );

  it('tells an owner that has been replaced', () => {
    const first = lockRun(folder);
    claim(first.epoch + 1, thisProcess());
    expect(() => first.ensureHeld()).toThrow('taken this run over');
    first.release();
    expect(JSON.parse(readFileSync(join(folder, 'lock-2'), 'utf8'))).not.toHaveProperty('released');
  });

  it('tells an owner whose claim was removed, even where the epoch is used again', () => {
    const first = lockRun(folder);
    rmSync(join(folder, 'lock-1'));
    expect(() => first.ensureHeld()).toThrow('taken this run over');
    const second = lockRun(folder);
    expect(second.epoch).toBe(1);
    expect(() => first.ensureHeld()).toThrow('taken this run over');
    expect(() => second.ensureHeld()).not.toThrow();
  });
});
