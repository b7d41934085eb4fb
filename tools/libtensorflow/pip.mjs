// @ts-check
/** pip, used to fetch wheels and nothing else: no Python package is installed, and the Python here may be of any version. */
import fs from 'node:fs';
import path from 'node:path';
import { execute } from './execute.mjs';
import { Missing } from './missing.mjs';

const PLATFORMS = [
  'manylinux_2_28_x86_64',
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
  'manylinux1_x86_64',
];

/** The Python that has pip. Throws Missing. */
export async function pythonWithPip() {
  const pythons = ['python3', 'python'];
  const answers = await Promise.all(pythons.map((python) => execute(python, ['-m', 'pip', '--version'])));
  const found = pythons.find((_, i) => answers[i]?.code === 0);
  if (found) return found;
  const what = answers.every(({ code }) => code === null) ? 'python3 is not installed' : 'python3 has no pip';
  throw new Missing(`${what} (it only fetches the library)`, 'install python3 and python3-pip, then run npm run setup');
}

/**
 * Downloads one wheel into `folder`. pip's own chatter is kept back; its last error is quoted. Throws Missing.
 *
 * @param {string} python
 * @param {string} requirement
 * @param {string} folder
 * @returns {Promise<string>} the wheel's path
 */
export async function download(python, requirement, folder) {
  const before = new Set(fs.readdirSync(folder));
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--retries', '1'];
  const tags = ['--python-version', '3.11', '--implementation', 'cp', ...PLATFORMS.flatMap((p) => ['--platform', p])];
  const options = ['--no-deps', '--only-binary=:all:', ...quiet, ...tags, '-d', folder];
  const { code, output } = await execute(python, ['-m', 'pip', 'download', ...options, requirement]);
  const wheel = fs.readdirSync(folder).find((name) => name.endsWith('.whl') && !before.has(name));
  if (code === 0 && wheel) return path.join(folder, wheel);
  const said = output.split('\n').findLast((line) => line.startsWith('ERROR: ')) ?? 'ERROR: no message';
  throw new Missing(
    `pip could not fetch ${requirement} (${said.slice('ERROR: '.length, 180)})`,
    'check the network, or point PIP_INDEX_URL or PIP_FIND_LINKS at a place that has the wheel, then run npm run setup',
  );
}
