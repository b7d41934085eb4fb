import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder of data files: the one given, else THERIAC_DATA, else ~/.cache/theriac/data; an absolute path. */
export function dataDirectory(given?: string): string {
  return resolve(given || process.env['THERIAC_DATA'] || join(homedir(), '.cache', 'theriac', 'data'));
}
