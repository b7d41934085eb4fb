// @ts-check
/** Holds every package.json of the workspace against the arrows: `node tools/lint/check-packages.mjs`. */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../setup/command.mjs';
import { workspaceFolders } from '../setup/workspace.mjs';
import { ARROWS, STARTS } from './arrows.mjs';

/** @param {string} folder */
function problemsOf(folder) {
  const home = path.relative(ROOT, folder).split(path.sep).join('/');
  const row = ARROWS[home];
  if (!row) return [`${home} has no row in tools/lint/arrows.mjs`];
  /** @type {{ version: string, dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} */
  const {
    version,
    dependencies = {},
    devDependencies = {},
  } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const allowed = [...row, ...(STARTS[home] ?? [])];
  const everything = [...Object.entries(dependencies), ...Object.entries(devDependencies)];
  return everything.flatMap(([name, range]) => {
    const own = /^@theriac\/(.+)$/.exec(name)?.[1];
    if (own === undefined)
      return /^\d+\.\d+\.\d+$/.test(range) ? [] : [`${home}: ${name} is "${range}"; pin an exact version`];
    if (range !== version) return [`${home}: ${name} is "${range}"; the workspace is at ${version}`];
    return allowed.includes(own) || (own === 'testing' && name in devDependencies)
      ? []
      : [`${home} depends on ${name}; allowed: ${allowed.join(', ') || 'no other package'}`];
  });
}

const problems = workspaceFolders().flatMap(problemsOf);
for (const problem of problems) console.log(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
