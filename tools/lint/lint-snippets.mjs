// @ts-check
/**
 * Lints pieces of code as if they were the content of files of the workspace. Reads a JSON list of `{ file, text }`
 * from stdin, prints for each the sorted ids of the rules that it breaks. A process of its own: ESLint loads its
 * configuration as a module, which jest's sandbox cannot. The files need not exist: each is typed on its own, without the
 * program of the whole workspace.
 */
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { ESLint } from 'eslint';
import { ROOT } from '../setup/command.mjs';

/** @type {{ file: string, text: string }[]} */
const snippets = JSON.parse(await text(process.stdin));
const projectService = {
  allowDefaultProject: [...new Set(snippets.map(({ file }) => file))],
  defaultProject: 'tsconfig.json',
  maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: snippets.length,
};
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService } } },
});
const found = [];
for (const snippet of snippets) {
  const [result] = await eslint.lintText(snippet.text, { filePath: path.join(ROOT, snippet.file) });
  found.push([...new Set(result?.messages.map(({ ruleId, message }) => ruleId ?? message))].sort());
}
process.stdout.write(JSON.stringify(found));
