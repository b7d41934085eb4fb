/** Files below a folder, or in an archive of one: the same names and contents either way. */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import { readBytes, reasonOf } from './integrity';
import { visitTar } from './tar';
import { visitZip } from './zip';

export interface FileTree {
  /** Where it lies, for messages. */
  readonly location: string;
  /** All files by their names below the root, with slashes, and a folder's folders with a slash at the end; sorted by code unit. */
  list(): Promise<readonly string[]>;
  /** Calls `visit` with each of these files, in any order, awaiting it; several at a time where they are files of a folder. */
  visit(names: ReadonlySet<string>, visit: FileVisitor): Promise<void>;
}

export type FileVisitor = (name: string, content: Uint8Array) => void | Promise<void>;

const readAtOnce = 8;

/** The files below a folder; hidden ones and those in hidden folders are left out. */
export function folderTree(location: string): FileTree {
  return {
    location,
    async list() {
      try {
        return (await namesBelow(location, '')).sort();
      } catch (error) {
        throw new TheriacError(`The folder ${location} cannot be read: ${reasonOf(error)}`, {
          code: 'FAILED_PRECONDITION',
          field: location,
          remedy: 'Make it a readable folder.',
        });
      }
    },
    async visit(names, visit) {
      const queue = [...names].values();
      const reader = async (): Promise<void> => {
        for (const name of queue) await visit(name, await readBytes(join(location, name)));
      };
      await Promise.all(Array.from({ length: readAtOnce }, reader));
    },
  };
}

/** The files of an archive (.tar, .tar.gz, .tgz or .zip), below the one folder that holds them all where there is one. */
export async function archiveTree(location: string): Promise<FileTree> {
  const visitAll = location.endsWith('.zip') ? visitZip : visitTar;
  const all: string[] = [];
  await visitAll(
    location,
    (name) => {
      if (!name.endsWith('/') && !isHidden(name)) all.push(name);
      return false;
    },
    () => {},
  );
  const top = commonFolder(all);
  return {
    location,
    list: async () => all.map((name) => name.slice(top.length)).sort(),
    visit: (names, visit) =>
      visitAll(
        location,
        (name) => name.startsWith(top) && names.has(name.slice(top.length)),
        (name, content) => visit(name.slice(top.length), content),
      ),
  };
}

async function namesBelow(folder: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isHidden(entry.name)) continue;
    const name = prefix + entry.name;
    if (entry.isDirectory()) names.push(`${name}/`, ...(await namesBelow(join(folder, entry.name), `${name}/`)));
    else names.push(name);
  }
  return names;
}

/** Of the system's making, not of the user's. */
function isHidden(name: string): boolean {
  const own = basename(name);
  return own.startsWith('.') || name.startsWith('__MACOSX/') || ['Thumbs.db', 'desktop.ini'].includes(own);
}

function commonFolder(names: readonly string[]): string {
  const top = names[0]?.split('/').slice(0, 1).join('/') ?? '';
  return names.every((name) => name.startsWith(`${top}/`)) ? `${top}/` : '';
}
