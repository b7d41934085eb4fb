import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thisProcess } from '../driver/process-identity';
import { makePrivateFolder } from './private-folder';

it('clears what a killed process left, and nothing else', () => {
  const parent = mkdtempSync(join(tmpdir(), 'theriac-parent-'));
  const ended = Number(spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString());
  const owners = {
    'theriac-sockets-dead': { ...thisProcess(), pid: ended },
    'theriac-sockets-living': thisProcess(),
    'theriac-sockets-elsewhere': { ...thisProcess(), pid: ended, host: 'another' },
    'theriac-sockets-new': undefined,
    'not-ours': { ...thisProcess(), pid: ended },
  };
  for (const [name, owner] of Object.entries(owners)) {
    mkdirSync(join(parent, name));
    if (owner !== undefined) writeFileSync(join(parent, name, 'owner.json'), JSON.stringify(owner));
  }
  const mine = makePrivateFolder(parent);
  const kept = ['not-ours', 'theriac-sockets-elsewhere', 'theriac-sockets-living', 'theriac-sockets-new'];
  expect(readdirSync(parent).filter((name) => join(parent, name) !== mine)).toEqual(kept);
  makePrivateFolder(parent);
  expect(existsSync(mine)).toBe(true);
  rmSync(parent, { recursive: true });
});
