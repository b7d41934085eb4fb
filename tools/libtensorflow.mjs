#!/usr/bin/env node
// @ts-check
/**
 * Gives the `tensorflow` backend its native library: `node tools/libtensorflow.mjs`.
 *
 *   1. the wheel by pip, its checksum verified, its C library and headers kept in a cache outside the tree (wheel.mjs)
 *   2. the addon of @tensorflow/tfjs-node-gpu compiled against it with g++, in the same cache (binding.mjs)
 *   3. a link in node_modules, and node_modules/.theriac/libtensorflow.json for `theriac doctor` and the backend
 *
 * THERIAC_TENSORFLOW = cpu (default) | gpu (with CUDA; the CPU library where that cannot be had) | off.
 * Idempotent, safe if two run at once. Whatever is missing, the wasm backend serves instead: nothing is thrown.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAddon, installedPackages, removeAddon } from './libtensorflow/binding.mjs';
import { Missing } from './libtensorflow/missing.mjs';
import { FLAVOURS, VERSION, cacheRoot, library } from './libtensorflow/wheel.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** @param {string} line */
const toStderr = (line) => process.stderr.write(`libtensorflow: ${line}\n`);

/** Where the outcome of the last provisioning is kept. */
export const stateFile = (root = ROOT) => path.join(root, 'node_modules', '.theriac', 'libtensorflow.json');

/**
 * @typedef {{ok: boolean, status: 'ready' | 'off' | 'unavailable', flavour?: string, wheel?: string, version?: string,
 *   binding?: string, why?: string, remedy?: string}} Outcome
 * @typedef {{env: NodeJS.ProcessEnv, root: string, log: (line: string) => void}} Options
 */

/**
 * @param {'cpu' | 'gpu'} flavour
 * @param {Options} options
 * @returns {Promise<Outcome>}
 */
async function attempt(flavour, options) {
  const packages = installedPackages(options.root);
  const home = await library(flavour, { root: cacheRoot(options.env), log: options.log });
  const binding = await installAddon(home, packages, options.log);
  return { ok: true, status: 'ready', flavour, wheel: FLAVOURS[flavour].wheel, version: VERSION, binding };
}

/**
 * @param {unknown} error
 * @returns {Outcome}
 */
function asFailure(error) {
  const failed = { ok: false, status: /** @type {const} */ ('unavailable') };
  if (error instanceof Missing) return { ...failed, why: error.message, remedy: error.remedy };
  const line = String(error instanceof Error ? error.message : error).replace(/\n[^]*/, '');
  return { ...failed, why: line, remedy: 'run npm run setup again; report this if it stays' };
}

/**
 * @param {string} asked
 * @param {Options} options
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(asked, options) {
  if (asked === 'off') {
    const remedy = 'unset it, then run npm run setup';
    return { ok: false, status: 'off', why: 'it is switched off by THERIAC_TENSORFLOW=off', remedy };
  }
  if (asked !== 'cpu' && asked !== 'gpu') {
    return asFailure(new Missing(`THERIAC_TENSORFLOW is "${asked}"; allowed: cpu, gpu, off`, 'set it to one of these'));
  }
  try {
    return await attempt(asked, options);
  } catch (error) {
    if (asked === 'cpu') return asFailure(error);
    options.log(`no CUDA library: ${asFailure(error).why}; trying the CPU one`);
    return outcomeOf('cpu', options);
  }
}

/**
 * Never throws; says one line for each thing that takes time or is missing, none when all is in place.
 *
 * @param {Partial<Options>} [options]
 * @returns {Promise<Outcome>} ready with flavour, wheel, version and binding, else why not and the remedy
 */
export async function provisionTensorflow({ env = process.env, root = ROOT, log = toStderr } = {}) {
  const began = Date.now();
  const outcome = await outcomeOf(env.THERIAC_TENSORFLOW || 'cpu', { env, root, log });
  if (!outcome.ok) {
    try {
      removeAddon(installedPackages(root).folder);
    } catch {
      // nothing installed, nothing to take away
    }
    log(`no native TensorFlow: ${outcome.why}. The slower wasm backend will serve. Remedy: ${outcome.remedy}.`);
  } else if (Date.now() - began > 2000) {
    log(`${outcome.wheel} ${outcome.version} is ready (${((Date.now() - began) / 1000).toFixed(0)} s)`);
  }
  record(outcome, stateFile(root));
  return outcome;
}

/**
 * @param {Outcome} outcome
 * @param {string} file
 */
function record(outcome, file) {
  const text = JSON.stringify(outcome, null, 1);
  try {
    if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text) return;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(`${file}.${process.pid}`, text);
    fs.renameSync(`${file}.${process.pid}`, file);
  } catch {
    // a read-only tree: the backend finds out by itself
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { ok } = await provisionTensorflow();
  process.exitCode = ok ? 0 : 1;
}
