// @ts-check
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, STATE, runQuietly, say, secondsSince } from './command.mjs';

const LOCK = path.join(ROOT, 'package-lock.json');
/** npm's own record of what it put into node_modules, written when an installation is complete. */
const INSTALLED = path.join(ROOT, 'node_modules', '.package-lock.json');
const STAMP = path.join(STATE, 'packages.sha256');

/** Makes node_modules what package-lock.json asks for; does nothing when it is. */
export async function installPackages() {
  const lock = fs.readFileSync(LOCK);
  const digest = createHash('sha256').update(lock).digest('hex');
  if (textOf(STAMP) === digest && fs.existsSync(INSTALLED)) return;
  if (!satisfies(JSON.parse(lock.toString('utf8')), textOf(INSTALLED))) {
    const start = Date.now();
    say('installing packages (npm ci)');
    const [command, ...first] = npm();
    await runQuietly('npm ci', /** @type {string} */ (command), [
      ...first,
      'ci',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    say(`packages are installed (${secondsSince(start)})`);
  }
  fs.mkdirSync(STATE, { recursive: true });
  fs.writeFileSync(STAMP, digest);
}

/**
 * Whether what is installed, also by a plain `npm install`, is what the lock file names.
 *
 * @typedef {{ version?: string, resolved?: string, optional?: boolean, link?: boolean }} Entry
 * @param {{ packages: Record<string, Entry> }} lock
 * @param {string | undefined} installedText
 */
function satisfies(lock, installedText) {
  if (installedText === undefined) return false;
  /** @type {{ packages: Record<string, Entry> }} */
  const installed = JSON.parse(installedText);
  return Object.entries(lock.packages).every(([key, wanted]) => {
    if (!key.includes('node_modules/')) return true;
    const found = installed.packages[key];
    if (!found) return wanted.optional === true;
    return wanted.link ? found.resolved === wanted.resolved : found.version === wanted.version;
  });
}

/** The npm that started us, else the one on the path. */
function npm() {
  const started = process.env['npm_execpath'];
  return started && path.basename(started) === 'npm-cli.js' ? [process.execPath, started] : ['npm'];
}

/** @param {string} file */
function textOf(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
