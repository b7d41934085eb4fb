// @ts-check
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** What set-up leaves for its next run; gone with node_modules. */
export const STATE = path.join(ROOT, 'node_modules', '.theriac');

const TAIL_LINES = 25;

/** @param {string} line */
export const say = (line) => process.stderr.write(`set-up: ${line}\n`);

/** A command ended badly; the message holds the tail of what it printed. */
export class CommandFailed extends Error {}

/**
 * Runs a command quietly in the root.
 *
 * @param {string} what names the command in the message of a failure
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to the environment
 * @returns {Promise<void>} rejects with CommandFailed when the command cannot start or ends with another code than 0
 */
export function runQuietly(what, command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
    });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new CommandFailed(`${what} could not start: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const tail = Buffer.concat(output).toString('utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
      reject(new CommandFailed(`${what} failed (${signal ?? `exit code ${code}`}); its last lines:\n${tail}`));
    });
  });
}

/** @param {number} start Date.now() at the start */
export const secondsSince = (start) => `${Math.max(1, Math.round((Date.now() - start) / 1000))} s`;
