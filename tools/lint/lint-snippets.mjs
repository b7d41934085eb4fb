// @ts-check
/**
 * Lints pieces of code as if they were the content of files of the workspace. Reads a JSON list of `{ file, text }`
 * from stdin, prints for each the sorted ids of the rules that it breaks. A process of its own: ESLint loads its
 * configuration as a module, which jest's sandbox cannot.
 */
import { text } from 'node:stream/consumers';
import path from 'node:path';
import { ESLint } from 'eslint';
import { ROOT } from '../setup/command.mjs';

const eslint = new ESLint({ cwd: ROOT });
const found = [];
for (const snippet of JSON.parse(await text(process.stdin))) {
  const [result] = await eslint.lintText(snippet.text, { filePath: path.join(ROOT, snippet.file) });
  found.push([...new Set(result?.messages.map(({ ruleId, message }) => ruleId ?? message))].sort());
}
process.stdout.write(JSON.stringify(found));
