// @ts-check
/** Pods of podman: started from documents, looked at from outside, killed, taken away. */
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command.mjs';

const POLL_MS = 250;

/** @param {readonly string[]} args */
export const podman = (...args) => run('podman', args).trim();

/**
 * Starts the pods of documents on a network, with these addresses in the order of the pods.
 *
 * @param {readonly object[]} documents
 * @param {string} network
 * @param {readonly string[]} addresses
 */
export function play(documents, network, addresses) {
  const text = documents.map((document) => JSON.stringify(document)).join('\n---\n');
  run('podman', ['kube', 'play', `--network=${network}`, ...addresses.map((ip) => `--ip=${ip}`), '-'], { input: text });
}

/**
 * A container by a pattern: podman's releases call the pods of a Deployment differently.
 *
 * @param {string} pattern
 */
export const containerNamed = (pattern) => podman('ps', '--all', `--filter=name=${pattern}`, '--format={{.Names}}');

/**
 * @typedef {{ running: boolean, ended: boolean, exitCode: number, pid: number }} State
 * @param {string} container
 * @returns {State}
 */
export function stateOf(container) {
  const [{ State }] = JSON.parse(podman('container', 'inspect', container));
  return { running: State.Running, ended: State.Status === 'exited', exitCode: State.ExitCode, pid: State.Pid };
}

/**
 * @template T
 * @param {string} what is waited for
 * @param {() => T | undefined | false} look
 * @param {number} seconds
 * @returns {Promise<T>}
 */
export async function until(what, look, seconds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`after ${seconds} s there was still no ${what}`);
    await sleep(POLL_MS);
  }
}

/**
 * Kills the process of a container, and waits until another runs in its place.
 *
 * @param {string} container
 */
export async function kill(container) {
  const before = stateOf(container);
  process.kill(before.pid, 'SIGKILL');
  await until(
    `new process of ${container}`,
    () => {
      const { running, pid } = stateOf(container);
      return running && pid !== 0 && pid !== before.pid;
    },
    60,
  );
}

/** What the kernel says of a process that may do nothing. */
const FENCE = {
  Uid: '65532\t65532\t65532\t65532',
  Gid: '65532\t65532\t65532\t65532',
  CapInh: '0000000000000000',
  CapPrm: '0000000000000000',
  CapEff: '0000000000000000',
  CapBnd: '0000000000000000',
  CapAmb: '0000000000000000',
  NoNewPrivs: '1',
  Seccomp: '2',
};

/**
 * Throws unless a container runs as the unprivileged user, without capabilities, filtered by seccomp, on a root that cannot be written:
 * told by the kernel, not by podman.
 *
 * @param {string} container
 */
export function checkFence(container) {
  const { pid } = stateOf(container);
  const lines = fs.readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  for (const [name, wanted] of Object.entries(FENCE)) {
    const found = lines.find((line) => line.startsWith(`${name}:\t`))?.slice(name.length + 2);
    if (found !== wanted)
      throw new Error(`${container}: ${name} is ${JSON.stringify(found)}; expected ${JSON.stringify(wanted)}`);
  }
  const root = fs
    .readFileSync(`/proc/${pid}/mounts`, 'utf8')
    .split('\n')
    .find((line) => line.split(' ')[1] === '/');
  if (!/^\S+ \S+ \S+ ro,/.test(root ?? '')) throw new Error(`${container}: its root can be written (${root})`);
}

/** @param {string} container */
export const isHealthy = (container) =>
  run('podman', ['exec', container, 'theriac-health'], { mayFail: true }).trim() === 'SERVING';
