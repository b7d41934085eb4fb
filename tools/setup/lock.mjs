// @ts-check
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT, say } from './command.mjs';

/** Beside node_modules, which `npm ci` deletes. */
const FILE = path.join(ROOT, '.setup.lock');
const POLL_MS = 200;

/**
 * Runs `work` while no other process on this machine does so in this tree. A lock whose holder has died is taken over.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(work) {
  for (let waited = 0; !acquire(); waited += POLL_MS) {
    if (waited === 5 * POLL_MS) say(`waiting for another set-up (process ${holder()})`);
    await sleep(POLL_MS);
  }
  // process.exit() by an interrupt skips finally, not this.
  process.once('exit', release);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(signal, () => process.exit(130));
  try {
    return await work();
  } finally {
    release();
  }
}

function acquire() {
  try {
    fs.writeFileSync(FILE, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  if (isAlive(holder())) return false;
  // Moving the dead holder's lock away is atomic: of two that try, one gets it.
  try {
    fs.renameSync(FILE, `${FILE}.${process.pid}`);
    fs.rmSync(`${FILE}.${process.pid}`);
  } catch {
    return false;
  }
  return acquire();
}

function release() {
  if (holder() === process.pid) fs.rmSync(FILE, { force: true });
}

/** @returns {number | undefined} */
function holder() {
  try {
    return Number(fs.readFileSync(FILE, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number | undefined} pid */
function isAlive(pid) {
  if (pid === undefined) return fs.existsSync(FILE) && Date.now() - fs.statSync(FILE).mtimeMs < 2000;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
