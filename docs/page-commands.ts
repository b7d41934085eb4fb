/** What a page of the docs tells its reader to type: the lines of its blocks marked `sh run`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The command line, built. */
export const cli = path.join(__dirname, '..', 'apps', 'cli', 'bin', 'theriac.cjs');

/** A page beside this file: its text, and its commands in their order. */
export function readPage(name: string): { readonly page: string; readonly commands: readonly string[] } {
  const page = readFileSync(path.join(__dirname, name), 'utf8');
  const blocks = [...page.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)];
  return { page, commands: blocks.flatMap(([, body = '']) => body.trim().split('\n')) };
}

/** Runs a command of a page in a folder; gives what it prints. Fails the test where the command fails. */
export function follow(line: string, folder: string, ...more: readonly string[]): string {
  const [, , ...words] = line.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words, ...more], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}
