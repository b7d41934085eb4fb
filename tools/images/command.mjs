// @ts-check
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** What every image is tagged with. */
export const VERSION = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version;

/** @param {string} line */
export const say = (line) => process.stderr.write(`images: ${line}\n`);

/** @param {number} start Date.now() at the start */
export const secondsSince = (start) => `${((Date.now() - start) / 1000).toFixed(0)} s`;

/**
 * Whether a program is installed.
 *
 * @param {string} program
 */
export const isInstalled = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/**
 * Runs a program to its end and returns what it printed; throws with the tail of that when it ends badly.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ show?: boolean, input?: string, env?: NodeJS.ProcessEnv, mayFail?: boolean }} [options] show: to the terminal, as it comes
 */
export function run(program, args, { show = false, input = '', env = {}, mayFail = false } = {}) {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...containersEnvironment(), ...env },
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 28,
    stdio: ['pipe', show ? 2 : 'pipe', show ? 2 : 'pipe'],
  });
  if (!mayFail && (error || status !== 0)) {
    const tail = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().split('\n').slice(-25).join('\n');
    throw new Error(`${program} ${args[0]} failed (${error?.message ?? signal ?? `exit code ${status}`})\n${tail}`);
  }
  return stdout ?? '';
}

/** Builds run with no more than this, whatever the machine allows. */
const MOST_PROCESSES = 32_768;

/** @type {string | undefined} */
let configuration;

/**
 * podman asks for the kernel's highest limits, which root in a sandbox may not set: it gets those that this process has. runc knows
 * mixed cgroup hierarchies; crun does not.
 */
function containersEnvironment() {
  if (process.env.CONTAINERS_CONF) return {};
  if (configuration === undefined) {
    configuration = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'theriac-images-')), 'containers.conf');
    const limits = { nofile: limitOf('Max open files'), nproc: Math.min(limitOf('Max processes'), MOST_PROCESSES) };
    const list = Object.entries(limits).map(([name, limit]) => `"${name}=${limit}:${limit}"`);
    const runtime = isInstalled('runc') ? '[engine]\nruntime = "runc"\n' : '';
    fs.writeFileSync(configuration, `[containers]\ndefault_ulimits = [${list.join(', ')}]\n${runtime}`);
    const folder = path.dirname(configuration);
    process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  }
  return { CONTAINERS_CONF: configuration };
}

/**
 * The hard limit of this process.
 *
 * @param {string} name as /proc/self/limits has it
 */
function limitOf(name) {
  const limits = fs.readFileSync('/proc/self/limits', 'utf8').split('\n');
  const line = limits.find((each) => each.startsWith(name)) ?? '';
  const [, hard] = line.slice(name.length).trim().split(/\s+/);
  return hard === 'unlimited' ? MOST_PROCESSES : Number(hard);
}
