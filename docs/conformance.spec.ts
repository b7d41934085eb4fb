/** The page names every check with its promise, and every option; our own services pass. What is built is run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promises } from '../apps/cli/src/conformance/checks-by-role';
import { cli } from './page-commands';

const text = readFileSync(path.join(__dirname, 'conformance.md'), 'utf8');

interface Document {
  readonly conforms: boolean;
  readonly roles: readonly {
    readonly role: string;
    readonly checks: readonly { readonly id: string; readonly verdict: string; readonly found: string }[];
  }[];
}

describe('docs/conformance.md', () => {
  it('names every check and what it promises', () => {
    const rows = new Set(
      [...text.matchAll(/^\| `([a-z-]+\.[a-z-]+)` +\| (.*?) +\|$/gm)].map(([, id, what]) => `${id}: ${what}`),
    );
    const checks = Object.values(promises).flatMap((all) =>
      all.map(({ id, promise }) => `${id}: ${promise.replaceAll('|', '\\|')}`),
    );
    expect([...rows].sort()).toEqual([...new Set(checks)].sort());
  });

  it('names options that there are', () => {
    const help = execFileSync(process.execPath, [cli, 'conformance', '--help'], { encoding: 'utf8' });
    const named = new Set(text.match(/--[a-z][a-z-]*/g) ?? []);
    expect([...named].filter((flag) => !help.includes(`${flag} `))).toEqual([]);
  });
});

describe('theriac conformance', () => {
  it('passes our own services', () => {
    const ran = spawnSync(process.execPath, [cli, 'conformance', '--dataset', 'gaussians', '--json'], {
      encoding: 'utf8',
    });
    const { conforms, roles } = JSON.parse(ran.stdout) as Document;
    const broken = roles.flatMap(({ role, checks }) =>
      checks.filter(({ verdict }) => verdict === 'failed').map(({ id, found }) => `${role} ${id}: ${found}`),
    );
    expect(broken).toEqual([]);
    expect(roles.map(({ role }) => role)).toEqual(['trainer', 'attacker', 'evaluator']);
    expect([conforms, ran.status]).toEqual([true, 0]);
  }, 240_000);

  it('refuses a beginning that no check has, and says which there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [cli, 'conformance', '--only', 'nothing'], {
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^theriac: --only is "nothing"; allowed: .*train\.slices.*\n$/);
    expect(status).toBe(2);
  }, 60_000);
});
