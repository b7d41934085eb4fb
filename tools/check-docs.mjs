// @ts-check
/**
 * Checks every Markdown file: `node tools/check-docs.mjs`. Files and headings that links name must exist, the README's
 * results must be those of docs/results, and the capacity figures those of the measured cards.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { withCapacity } from './render-capacity.mjs';
import { withResults } from './render-results.mjs';
import { ROOT } from './setup/command.mjs';

/** @param {string} text */
const withoutCode = (text) => text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/**
 * The anchors that headings get on the usual hosts.
 *
 * @param {string} file
 */
const anchorsOf = (file) =>
  [
    ...fs
      .readFileSync(file, 'utf8')
      .replace(/^```[\s\S]*?^```/gm, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replace(/ /g, '-'),
  );

/** @param {string} file relative to the root */
function problemsOf(file) {
  const folder = path.dirname(path.join(ROOT, file));
  const links = [...withoutCode(fs.readFileSync(path.join(ROOT, file), 'utf8')).matchAll(/\]\(([^()\s]+)\)/g)];
  return links.flatMap(([, link = '']) => {
    if (/^(https?|mailto):/.test(link)) return [];
    const [name = '', anchor] = link.split('#');
    const target = name === '' ? path.join(ROOT, file) : path.join(folder, name);
    if (!fs.existsSync(target)) return [`${file}: ${link} names no file`];
    if (anchor === undefined || anchorsOf(target).includes(anchor)) return [];
    return [`${file}: ${link} names no heading`];
  });
}

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT });
const files = listed.toString('utf8').split('\n').filter(Boolean);
const problems = files.flatMap(problemsOf);
const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
if ((await withResults(readme)) !== readme) {
  problems.push('README.md: the results differ from docs/results; run: node tools/render-results.mjs');
}
const kubernetes = fs.readFileSync(path.join(ROOT, 'docs', 'kubernetes.md'), 'utf8');
if ((await withCapacity(kubernetes)) !== kubernetes) {
  problems.push('docs/kubernetes.md: the capacity figures differ from the cards; run: node tools/render-capacity.mjs');
}
for (const problem of problems) console.log(problem);
if (files.length === 0) console.log('no Markdown file found');
process.exitCode = files.length > 0 && problems.length === 0 ? 0 : 1;
