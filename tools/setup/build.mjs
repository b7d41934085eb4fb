// @ts-check
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, STATE, runQuietly, say, secondsSince } from './command.mjs';
import { workspaceFolders } from './workspace.mjs';

const STAMP = path.join(STATE, 'build.sha256');

/** Compiles every package that has changed since the last build. */
export async function build() {
  const packages = workspaceFolders();
  const digest = digestOf(packages);
  const built = packages.every((folder) => fs.existsSync(path.join(folder, 'dist')));
  if (built && fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === digest) return;
  const start = Date.now();
  const nx = path.join(ROOT, 'node_modules', 'nx', 'dist', 'bin', 'nx.js');
  await runQuietly('the build', process.execPath, [nx, 'run-many', '-t', 'build', '--output-style=static'], {
    NX_NO_CLOUD: 'true',
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  });
  fs.writeFileSync(STAMP, digest);
  say(`${packages.length} packages are built (${secondsSince(start)})`);
}

/**
 * Changes when a source file does: names, sizes and times, not contents, since this runs before every command.
 *
 * @param {readonly string[]} packages
 */
function digestOf(packages) {
  const hash = createHash('sha256');
  /** @param {string} file */
  const add = (file) => {
    const { size, mtimeMs } = fs.statSync(file);
    hash.update(`${path.relative(ROOT, file)} ${size} ${mtimeMs}\n`);
  };
  for (const name of ['.swcrc', 'nx.json', 'package-lock.json']) add(path.join(ROOT, name));
  for (const folder of packages) {
    add(path.join(folder, 'package.json'));
    const src = path.join(folder, 'src');
    for (const name of fs.readdirSync(src, { recursive: true }).map(String).sort()) {
      const file = path.join(src, name);
      if (!name.endsWith('.spec.ts') && fs.statSync(file).isFile()) add(file);
    }
  }
  return hash.digest('hex');
}
