// @ts-check
/**
 * The TensorFlow C library out of its Python wheel, in a cache outside the tree.
 *
 * A wheel is a zip file; pip only fetches it (no Python package is installed, and the Python tag does not matter).
 * A cache folder is laid out like site-packages, since the libraries find the CUDA ones by relative path:
 *   tensorflow/libtensorflow_cc.so.2, tensorflow/libtensorflow_framework.so.2, nvidia/<name>/lib/*.so*, include/, manifest.json
 * manifest.json is written last and holds each library's size, by which a damaged cache is told at no cost.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Missing } from './missing.mjs';
import { download, pythonWithPip } from './pip.mjs';
import { extract, zipEntries } from './zip.mjs';

export const VERSION = '2.21.0';

/**
 * What each flavour is fetched as; `sha256` is the wheel's (the one of CPython 3.11, whichever Python is here).
 * The CUDA wheel's is not known to us yet: it is recorded in the cache's manifest, but held against nothing.
 */
export const FLAVOURS = {
  cpu: {
    wheel: 'tensorflow-cpu',
    size: '274 MB',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  },
  gpu: { wheel: 'tensorflow', size: 'with CUDA some 4 GB', sha256: undefined },
};

const LIBRARIES = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const INCLUDE = 'tensorflow/include/';
const HEADERS = ['tensorflow/c/', 'tensorflow/core/platform/ctstring', 'tsl/platform/ctstring', 'xla/tsl/c/'];
/**
 * Where things are cached: THERIAC_CACHE, else XDG_CACHE_HOME/theriac, else ~/.cache/theriac; then libtensorflow.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheRoot(env) {
  const base = env.THERIAC_CACHE || path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'theriac');
  return path.join(path.resolve(base), 'libtensorflow');
}

/**
 * Whether every file that a cache folder's manifest names still has its recorded size.
 *
 * @param {string} home
 */
function isWhole(home) {
  try {
    const manifest = JSON.parse(fs.readFileSync(path.join(home, 'manifest.json'), 'utf8'));
    return Object.entries(manifest.files).every(([name, size]) => fs.statSync(path.join(home, name)).size === size);
  } catch {
    return false;
  }
}

function requireLinuxGlibc() {
  const { platform, arch, report } = process;
  if (platform !== 'linux' || arch !== 'x64') {
    throw new Missing(
      `there is no prebuilt library for ${platform}-${arch}`,
      'use linux-x64 (or its container) for native speed',
    );
  }
  Object.assign(report ?? {}, { excludeNetwork: true }); // else the report looks up names
  const { header } = /** @type {{header: {glibcVersionRuntime?: string}}} */ (report?.getReport());
  if (header.glibcVersionRuntime) return;
  throw new Missing(
    'it needs glibc, and this system has another C library',
    'use a glibc system (Debian, Ubuntu, Fedora)',
  );
}

/** @param {string} file */
function sha256(file) {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  const chunk = Buffer.alloc(1 << 22);
  for (let n; (n = fs.readSync(fd, chunk)) > 0;) hash.update(chunk.subarray(0, n));
  fs.closeSync(fd);
  return hash.digest('hex');
}

/**
 * Unpacks the wanted entries of a wheel.
 *
 * @param {string} wheel
 * @param {string} home
 * @param {(name: string) => string | undefined} wanted the place of an entry in `home`, if it is wanted
 * @returns {Promise<Record<string, number>>} the sizes by place
 */
async function unpack(wheel, home, wanted) {
  /** @type {Record<string, number>} */
  const files = {};
  for (const entry of zipEntries(wheel)) {
    const place = wanted(entry.name);
    if (place === undefined) continue;
    const file = path.join(home, place);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await extract(wheel, entry, file, 0o755);
    files[place] = entry.size;
  }
  return files;
}

/** @param {string} name */
function ofTensorFlow(name) {
  if (LIBRARIES.includes(name)) return name;
  const header = name.startsWith(INCLUDE) && name.endsWith('.h') ? name.slice(INCLUDE.length) : '';
  return HEADERS.some((folder) => header.startsWith(folder)) ? path.join('include', header) : undefined;
}

/** @param {string} name */
const ofNvidia = (name) => (/^nvidia\/[^/]+\/lib\/[^/]+\.so[^/]*$/.test(name) ? name : undefined);

/**
 * The CUDA packages that a TensorFlow wheel asks for, as its own metadata states them ("extra == 'and-cuda'").
 *
 * @param {string} wheel
 * @param {string} folder
 */
async function cudaRequirements(wheel, folder) {
  await unpack(wheel, folder, (name) => (name.endsWith('.dist-info/METADATA') ? 'METADATA' : undefined));
  const metadata = fs.readFileSync(path.join(folder, 'METADATA'), 'utf8');
  const asked = [...metadata.matchAll(/^Requires-Dist: (nvidia-[^;]*);.*and-cuda/gm)].map((match) =>
    `${match[1]}`.trim(),
  );
  return asked.filter((requirement) => !requirement.startsWith('nvidia-cuda-nvcc')); // a compiler, for XLA alone
}

/**
 * Fetches a wheel, holds it against its checksum and unpacks it, with its CUDA packages, into `made`.
 *
 * @param {'cpu' | 'gpu'} flavour
 * @param {string} python
 * @param {string} made
 */
async function fill(flavour, python, made) {
  const { wheel, sha256: pinned } = FLAVOURS[flavour];
  const file = await download(python, `${wheel}==${VERSION}`, made);
  const digest = sha256(file);
  if (pinned && digest !== pinned) {
    throw new Missing(
      `the checksum of ${path.basename(file)} is ${digest}, not the pinned ${pinned}`,
      'check the package index that served it, then run npm run setup',
    );
  }
  const files = await unpack(file, made, ofTensorFlow);
  const lost = LIBRARIES.filter((name) => !files[name]);
  if (lost.length > 0) throw new Missing(`${path.basename(file)} lacks ${lost.join(' and ')}`, 'report this');
  const requirements = flavour === 'gpu' ? await cudaRequirements(file, made) : [];
  fs.rmSync(file);
  for (const requirement of requirements) {
    const cuda = await download(python, requirement, made);
    Object.assign(files, await unpack(cuda, made, ofNvidia));
    fs.rmSync(cuda);
  }
  fs.writeFileSync(
    path.join(made, 'manifest.json'),
    JSON.stringify({ wheel, version: VERSION, sha256: digest, files }),
  );
}

/**
 * The cache folder of a flavour, filled on first use; everything is made beside its place and renamed. Throws Missing.
 *
 * @param {'cpu' | 'gpu'} flavour
 * @param {{root: string, log: (line: string) => void}} options
 */
export async function library(flavour, { root, log }) {
  requireLinuxGlibc();
  const { wheel, size } = FLAVOURS[flavour];
  const home = path.join(root, `${wheel}-${VERSION}-${process.platform}-${process.arch}`);
  if (isWhole(home)) return home;
  const python = await pythonWithPip();
  const made = newFolder(root);
  try {
    log(`fetching ${wheel} ${VERSION} (${size}, once; kept in ${root})`);
    await fill(flavour, python, made);
    replaceFolder(made, home);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
    throw new Missing(`no space is left in ${root}`, 'free 2 GB, or point THERIAC_CACHE elsewhere');
  } finally {
    fs.rmSync(made, { recursive: true, force: true });
  }
  return home;
}

/** @param {string} root */
function newFolder(root) {
  try {
    fs.mkdirSync(root, { recursive: true });
    return fs.mkdtempSync(path.join(root, '.new-'));
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new Missing(
      `the cache folder ${root} cannot be written (${code})`,
      'point THERIAC_CACHE at a folder that can',
    );
  }
}

/**
 * Renames `made` to `home`. A damaged `home` moves aside first; a whole one, made meanwhile by another process, stays.
 *
 * @param {string} made
 * @param {string} home
 */
function replaceFolder(made, home) {
  if (fs.existsSync(home) && !isWhole(home)) {
    const aside = `${made}-damaged`;
    fs.renameSync(home, aside);
    fs.rmSync(aside, { recursive: true, force: true });
  }
  try {
    fs.renameSync(made, home);
  } catch (error) {
    if (!isWhole(home)) throw error;
  }
}
