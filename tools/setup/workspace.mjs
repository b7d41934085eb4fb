// @ts-check
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './command.mjs';

/** Folders of the workspace's packages, in order. */
export function workspaceFolders() {
  /** @type {{ workspaces: string[] }} */
  const { workspaces } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  return workspaces
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [path.join(ROOT, pattern)];
      const parent = path.join(ROOT, pattern.slice(0, -2));
      return fs.readdirSync(parent).map((name) => path.join(parent, name));
    })
    .filter((folder) => fs.existsSync(path.join(folder, 'package.json')))
    .sort();
}
