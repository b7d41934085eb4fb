#!/usr/bin/env node
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
import { addon, installedPackages, link, unlink } from './libtensorflow/binding.mjs';
import { Missing } from './libtensorflow/missing.mjs';
import { FLAVOURS, VERSION, cacheRoot, library } from './libtensorflow/wheel.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const toStderr = (line) => process.stderr.write(`libtensorflow: ${line}\n`);

/** Where the outcome of the last provisioning is kept. */
export const stateFile = (root = ROOT) => path.join(root, 'node_modules', '.theriac', 'libtensorflow.json');

async function attempt(flavour, options) {
  const packages = installedPackages(options.root);
  const home = await library(flavour, { root: cacheRoot(options.env), log: options.log });
  const binding = addon(home, packages, options);
  link(binding, packages.folder);
  return { ok: true, status: 'ready', flavour, wheel: FLAVOURS[flavour].wheel, version: VERSION, binding };
}

const asFailure = (error) =>
  error instanceof Missing
    ? { why: error.message, remedy: error.remedy }
    : {
        why: String(error.message ?? error).split('\n')[0],
        remedy: 'run npm run setup again; report this if it stays',
      };

/**
 * `{ok: true, status: 'ready', flavour, wheel, version, binding}`, or `{ok: false, status: 'off' | 'unavailable', why, remedy}`.
 * Never throws; says one line for each thing that takes time or is missing, none when all is in place.
 */
export async function provisionTensorflow({ env = process.env, root = ROOT, log = toStderr } = {}) {
  const asked = env.THERIAC_TENSORFLOW || 'cpu';
  const options = { env, root, log };
  const began = Date.now();
  let result;
  if (asked === 'off') {
    result = {
      ok: false,
      status: 'off',
      why: 'switched off by THERIAC_TENSORFLOW=off',
      remedy: 'unset it, then run npm run setup',
    };
  } else if (!FLAVOURS[asked]) {
    result = {
      ok: false,
      status: 'unavailable',
      why: `THERIAC_TENSORFLOW is "${asked}"; allowed: cpu, gpu, off`,
      remedy: 'set it to one of these',
    };
  } else {
    try {
      result = await attempt(asked, options);
    } catch (error) {
      result = { ok: false, status: 'unavailable', ...asFailure(error) };
      if (asked === 'gpu') {
        log(`no CUDA library: ${result.why}; trying the CPU one`);
        result = await attempt('cpu', options).catch((second) => ({
          ok: false,
          status: 'unavailable',
          ...asFailure(second),
        }));
      }
    }
  }
  if (!result.ok) {
    try {
      unlink(installedPackages(root).folder);
    } catch {
      // nothing installed, nothing to take away
    }
    log(`${result.why}. The slower wasm backend will serve. Remedy: ${result.remedy}.`);
  } else if (Date.now() - began > 2000) {
    log(`${result.wheel} ${result.version} is ready (${((Date.now() - began) / 1000).toFixed(0)} s)`);
  }
  record(result, root);
  return result;
}

function record(result, root) {
  try {
    const file = stateFile(root);
    const text = JSON.stringify(result, null, 1);
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
