#!/usr/bin/env node
// @ts-check
/**
 * Completes package-lock.json: `node tools/complete-lock.mjs`, or with `--check` to only say whether it is complete.
 *
 * A package with native parts names one optional package per platform. npm leaves those out of the lock file that it
 * could not fetch when the file was written, and `npm ci` then refuses the file: "Missing: ... from lock file". This
 * adds each of them with what its name tells: version, os, cpu, libc. Run it after every change of the lock file.
 *
 * The lock file names no registry either (`omit-lockfile-registry-resolved` in .npmrc): packages come from whichever
 * registry the user's npm is set to, checked against the file's integrity hashes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {boolean} [link]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 *
 * @typedef {{ packages: Record<string, Entry> }} Lock
 */

const FILE = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'package-lock.json');

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
/** How a name says it, and what npm calls it. */
const PROCESSORS = new Map([
  ...['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'].map(
    (cpu) => /** @type {[string, string]} */ ([cpu, cpu]),
  ),
  ['armv7', 'arm'],
]);

/**
 * The platform that a package's name tells, for example "@swc/core-linux-ppc64-gnu".
 *
 * @param {string} name
 * @returns {Pick<Entry, 'os' | 'cpu' | 'libc'> | undefined} undefined when the name tells none
 */
export function platformOf(name) {
  const words = name.split(/[-/]/);
  const system = words.find((word) => SYSTEMS.includes(word));
  const processor = words.flatMap((word) => PROCESSORS.get(word) ?? []).at(0);
  if (processor === undefined || (system === undefined && processor !== 'wasm32')) return undefined;
  const library = words.find((word) => /^(gnu|musl)/.test(word))?.slice(0, 3);
  return {
    ...(system && { os: [system] }),
    cpu: [processor],
    ...(system === 'linux' && library && { libc: [library === 'gnu' ? 'glibc' : 'musl'] }),
  };
}

/**
 * The optional packages that the lock file asks for and does not describe.
 *
 * @param {Lock} lock
 * @returns {Map<string, Entry>} by their place in `packages`
 */
export function missingEntries(lock) {
  /** @type {Map<string, Entry>} */
  const missing = new Map();
  for (const [place, parent] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const top = `node_modules/${name}`;
      const nested = `${place}/${top}`;
      const exact = /^\d+\.\d+\.\d+$/.test(range);
      const held = lock.packages[nested] ?? lock.packages[top] ?? missing.get(top);
      if (held && (!exact || held.version === range)) continue;
      const platform = platformOf(name);
      if (!platform || !exact) {
        throw new Error(`${place} needs ${name}@${range}, which is not in the lock file and names no platform`);
      }
      const { cpu, ...system } = platform;
      missing.set(held ? nested : top, {
        version: range,
        ...(cpu && { cpu }),
        ...(parent.dev && { dev: true }),
        optional: true,
        ...system,
      });
    }
  }
  return missing;
}

/**
 * The places in the lock file that name a registry or another address.
 *
 * @param {Lock} lock
 */
export const placesWithAddress = (lock) =>
  Object.keys(lock.packages).filter((place) => {
    const entry = /** @type {Entry} */ (lock.packages[place]);
    return entry.resolved !== undefined && entry.link !== true;
  });

/** @param {Lock} lock */
function complete(lock) {
  for (const place of placesWithAddress(lock)) delete (/** @type {Entry} */ (lock.packages[place]).resolved);
  const all = [...Object.entries(lock.packages), ...missingEntries(lock)];
  lock.packages = Object.fromEntries(all.sort(([a], [b]) => a.localeCompare(b, 'en')));
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  /** @type {Lock} */
  const lock = JSON.parse(fs.readFileSync(FILE, 'utf8'));
  const missing = missingEntries(lock).size;
  const addresses = placesWithAddress(lock).length;
  const found = `${missing} optional packages missing, ${addresses} addresses`;
  if (process.argv.includes('--check')) {
    console.log(`package-lock.json: ${found}`);
    if (missing + addresses > 0) {
      console.log('run: node tools/complete-lock.mjs');
      process.exitCode = 1;
    }
  } else {
    complete(lock);
    fs.writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`package-lock.json: ${found}; completed`);
  }
}
