import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockRun } from './lock';

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
    claim(4, { pid: deadProcess(), host: hostname(), started: '1' });
    const lock = lockRun(folder);
    expect(lock.epoch).toBe(5);
    expect(() => lock.ensureHeld()).not.toThrow();
  });

  it('is not deceived by a process id used again', () => {
    claim(1, { pid: process.pid, host: hostname(), started: 'long ago' });
    expect(existsSync('/proc/self/stat') ? lockRun(folder).epoch : 2).toBe(2);
  });

  it('takes an owner on another host to live', () => {
    claim(1, { pid: 1, host: 'another-host', started: '1' });
    expect(() => lockRun(folder)).toThrow('process 1 on another-host');
  });

  it('tells an owner that has been replaced', () => {
    const first = lockRun(folder);
    claim(first.epoch + 1, { pid: process.pid, host: hostname(), started: '' });
    expect(() => first.ensureHeld()).toThrow('taken this run over');
    first.release();
    expect(JSON.parse(readFileSync(join(folder, 'lock-2'), 'utf8'))).not.toHaveProperty('released');
  });
});
