import fs from 'node:fs';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readIfThere, writeFileAtomic } from './atomic-file';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-atomic-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('writeFileAtomic', () => {
  it('makes folders and replaces what is there', () => {
    const path = join(folder, 'a', 'b.txt');
    writeFileAtomic(path, 'first');
    writeFileAtomic(path, new Uint8Array([104, 105]));
    expect(readFileSync(path, 'utf8')).toBe('hi');
    expect(readdirSync(join(folder, 'a'))).toEqual(['b.txt']);
  });

  it('writes pieces one after another, and nothing where making one fails', () => {
    const path = join(folder, 'b.txt');
    writeFileAtomic(path, ['one ', 'after ', 'another']);
    function* torn(): Generator<string> {
      yield 'half';
      throw new Error('no other half');
    }
    expect(() => writeFileAtomic(path, torn())).toThrow('no other half');
    expect(readFileSync(path, 'utf8')).toBe('one after another');
    expect(readdirSync(folder)).toEqual(['b.txt']);
  });

  it('leaves the old file where writing fails', () => {
    const path = join(folder, 'b.txt');
    writeFileAtomic(path, 'old');
    jest.spyOn(fs, 'fsyncSync').mockImplementation(() => {
      throw new Error('disk full');
    });
    expect(() => writeFileAtomic(path, 'new')).toThrow('disk full');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['b.txt']);
  });

  it('syncs the content before it gives it its name', () => {
    const order: string[] = [];
    const [sync, rename] = [fs.fsyncSync, fs.renameSync];
    jest.spyOn(fs, 'fsyncSync').mockImplementation((file) => {
      order.push('sync');
      sync(file);
    });
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      order.push('rename');
      rename(from, to);
    });
    writeFileAtomic(join(folder, 'c.txt'), 'x');
    expect(order).toEqual(['sync', 'rename', 'sync']);
  });
});

describe('readIfThere', () => {
  it('tells a missing file from one that cannot be read', () => {
    expect(readIfThere(join(folder, 'none'))).toBeUndefined();
    expect(() => readIfThere(folder)).toThrow('EISDIR');
  });
});
