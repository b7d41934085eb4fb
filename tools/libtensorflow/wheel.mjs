/**
 * The TensorFlow C library out of its Python wheel, in a cache outside the tree.
 *
 * A wheel is a zip file; pip only fetches it (no Python package is installed, and the Python tag does not matter).
 * A cache folder is laid out like site-packages, since the libraries find the CUDA ones by relative path:
 *   tensorflow/libtensorflow_cc.so.2, tensorflow/libtensorflow_framework.so.2, nvidia/<name>/lib/*.so*, include/, manifest.json
 * manifest.json is written last and holds each library's size, by which a damaged cache is told at no cost.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Missing } from './missing.mjs';
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
const PLATFORMS = [
  'manylinux_2_28_x86_64',
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
  'manylinux1_x86_64',
];

/** Where things are cached: THERIAC_CACHE, else XDG_CACHE_HOME/theriac, else ~/.cache/theriac; then libtensorflow. */
export function cacheRoot(env = process.env) {
  const own = env.THERIAC_CACHE;
  const base = own ? own : path.join(env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'theriac');
  return path.join(path.resolve(base), 'libtensorflow');
}

/** The cached manifest of a folder if every file it names still has its recorded size, else undefined. */
function validManifest(home) {
  try {
    const manifest = JSON.parse(fs.readFileSync(path.join(home, 'manifest.json'), 'utf8'));
    const whole = Object.entries(manifest.files).every(
      ([name, size]) => fs.statSync(path.join(home, name)).size === size,
    );
    return whole ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function requireLinuxGlibc() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Missing(
      `there is no prebuilt TensorFlow library for ${process.platform}-${process.arch}`,
      'use linux-x64 (or its container) for native speed',
    );
  }
  process.report.excludeNetwork = true; // else the report looks up names
  if (!process.report.getReport().header.glibcVersionRuntime) {
    throw new Missing(
      'the TensorFlow library needs glibc, and this system has another C library',
      'use a glibc system (Debian, Ubuntu, Fedora)',
    );
  }
}

function pythonWithPip() {
  const answers = ['python3', 'python'].map((python) => ({
    python,
    ...spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'pipe' }),
  }));
  const found = answers.find(({ status }) => status === 0);
  if (found) return found.python;
  if (answers.every(({ error }) => error))
    throw new Missing(
      'python3 is not installed (it only fetches the library)',
      'install python3 with pip, then run npm run setup',
    );
  throw new Missing('python3 has no pip (it only fetches the library)', 'install python3-pip, then run npm run setup');
}

/** Downloads one wheel into `folder` and returns its path. pip's own chatter is kept back; its last error is quoted. */
function download(python, requirement, folder) {
  const before = new Set(fs.readdirSync(folder));
  const tags = ['--python-version', '3.11', '--implementation', 'cp', ...PLATFORMS.flatMap((p) => ['--platform', p])];
  const options = [
    '--quiet',
    '--no-deps',
    '--no-cache-dir',
    '--no-input',
    '--disable-pip-version-check',
    '--retries',
    '1',
    '--only-binary=:all:',
  ];
  const { status, stderr } = spawnSync(
    python,
    ['-m', 'pip', 'download', ...options, ...tags, '-d', folder, requirement],
    { stdio: 'pipe' },
  );
  const wheel = fs.readdirSync(folder).find((name) => name.endsWith('.whl') && !before.has(name));
  if (status === 0 && wheel) return path.join(folder, wheel);
  const said = String(stderr ?? '')
    .split('\n')
    .filter((line) => /^ERROR: /.test(line))
    .at(-1);
  throw new Missing(
    `pip could not fetch ${requirement}${said ? ` (${said.replace('ERROR: ', '').slice(0, 160)})` : ''}`,
    'check the network, or point PIP_INDEX_URL or PIP_FIND_LINKS at a place that has the wheel, then run npm run setup',
  );
}

function sha256(file) {
  const hash = createHash('sha256');
  const fd = fs.openSync(file);
  const chunk = Buffer.alloc(1 << 22);
  for (let n; (n = fs.readSync(fd, chunk)) > 0;) hash.update(chunk.subarray(0, n));
  fs.closeSync(fd);
  return hash.digest('hex');
}

async function unpack(wheel, home, wanted) {
  const files = {};
  for (const entry of zipEntries(wheel)) {
    const target = wanted(entry.name);
    if (!target) continue;
    const file = path.join(home, target);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await extract(wheel, entry, file, 0o755);
    files[target] = entry.size;
  }
  return files;
}

const ofTensorFlow = (name) => {
  if (LIBRARIES.includes(name)) return name;
  const header = name.startsWith(INCLUDE) && name.endsWith('.h') ? name.slice(INCLUDE.length) : '';
  return HEADERS.some((folder) => header.startsWith(folder)) ? path.join('include', header) : undefined;
};
const ofNvidia = (name) => (/^nvidia\/[^/]+\/lib\/[^/]+\.so[^/]*$/.test(name) ? name : undefined);

/** The CUDA packages that a TensorFlow wheel asks for, as its own metadata states them ("extra == 'and-cuda'"). */
async function cudaRequirements(wheel, folder) {
  const entry = zipEntries(wheel).find(({ name }) => name.endsWith('.dist-info/METADATA'));
  const copy = path.join(folder, 'METADATA');
  await extract(wheel, entry, copy);
  const lines = fs
    .readFileSync(copy, 'utf8')
    .split('\n')
    .filter((line) => /^Requires-Dist: nvidia-.*and-cuda/.test(line));
  return lines
    .map((line) => line.slice('Requires-Dist: '.length).split(';')[0].trim())
    .filter((name) => !name.startsWith('nvidia-cuda-nvcc'));
}

/** The cache folder of a flavour, filled on first use; everything is made beside its place and renamed. Throws Missing. */
export async function library(flavour, { root = cacheRoot(), log = () => {} } = {}) {
  requireLinuxGlibc();
  const { wheel, size, sha256: pinned } = FLAVOURS[flavour];
  const home = path.join(root, `${wheel}-${VERSION}-${process.platform}-${process.arch}`);
  if (validManifest(home)) return home;
  const python = pythonWithPip();
  let made;
  try {
    fs.mkdirSync(root, { recursive: true });
    made = fs.mkdtempSync(path.join(root, '.new-'));
  } catch (error) {
    throw new Missing(
      `the cache folder ${root} cannot be written (${error.code})`,
      'point THERIAC_CACHE at a folder that can',
    );
  }
  try {
    log(`fetching ${wheel} ${VERSION} (${size}, once; kept in ${root})`);
    const file = download(python, `${wheel}==${VERSION}`, made);
    const digest = sha256(file);
    if (pinned && digest !== pinned) {
      throw new Missing(
        `the checksum of ${path.basename(file)} is ${digest}, not the pinned ${pinned}`,
        'the package index served another file: check it, then run npm run setup',
      );
    }
    const files = await unpack(file, made, ofTensorFlow);
    const lost = LIBRARIES.filter((name) => !files[name]);
    if (lost.length > 0)
      throw new Missing(
        `${path.basename(file)} lacks ${lost.join(' and ')}`,
        'report this: the wheel has changed its layout',
      );
    const requirements = flavour === 'gpu' ? await cudaRequirements(file, made) : [];
    fs.rmSync(file);
    for (const requirement of requirements) {
      const cuda = download(python, requirement, made);
      Object.assign(files, await unpack(cuda, made, ofNvidia));
      fs.rmSync(cuda);
    }
    fs.writeFileSync(
      path.join(made, 'manifest.json'),
      JSON.stringify({ wheel, version: VERSION, sha256: digest, files }, null, 1),
    );
    replaceFolder(made, home);
  } catch (error) {
    if (error.code === 'ENOSPC')
      throw new Missing(`no space is left in ${root}`, 'free 2 GB, or point THERIAC_CACHE elsewhere');
    throw error;
  } finally {
    fs.rmSync(made, { recursive: true, force: true });
  }
  return home;
}

/** Renames `made` to `home`. A damaged `home` moves aside first; a whole one, made meanwhile by another process, stays. */
function replaceFolder(made, home) {
  if (fs.existsSync(home) && !validManifest(home)) {
    const aside = `${made}-damaged`;
    fs.renameSync(home, aside);
    fs.rmSync(aside, { recursive: true, force: true });
  }
  try {
    fs.renameSync(made, home);
  } catch (error) {
    if (!validManifest(home)) throw error;
  }
}
