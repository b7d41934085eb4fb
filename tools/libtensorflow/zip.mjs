// @ts-check
/** The little of the zip format that reading a wheel takes: the central directory, and one entry streamed to a file. */
import fs from 'node:fs';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';

const END_OF_DIRECTORY = Buffer.from('PK\x05\x06', 'latin1');
const LONGEST_TAIL = 22 + 65535; // the end record and its comment

/**
 * @param {number} fd
 * @param {number} length
 * @param {number} position
 */
function read(fd, length, position) {
  const buffer = Buffer.alloc(length);
  if (fs.readSync(fd, buffer, 0, length, position) !== length) throw new Error('the zip file is truncated');
  return buffer;
}

/** @typedef {{name: string, method: number, packed: number, size: number, offset: number}} Entry */

/**
 * The entries of a zip file below 4 GiB (no zip64). Throws on anything else.
 *
 * @param {string} file
 * @returns {Entry[]}
 */
export function zipEntries(file) {
  const fd = fs.openSync(file, 'r');
  try {
    const { size } = fs.fstatSync(fd);
    const tail = read(fd, Math.min(size, LONGEST_TAIL), size - Math.min(size, LONGEST_TAIL));
    const end = tail.lastIndexOf(END_OF_DIRECTORY);
    if (end < 0) throw new Error('not a zip file, or a truncated one');
    const count = tail.readUInt16LE(end + 10);
    const at = tail.readUInt32LE(end + 16);
    if (count === 0xffff || at === 0xffffffff) throw new Error('a zip64 file, which this reader does not know');
    const directory = read(fd, tail.readUInt32LE(end + 12), at);
    const entries = [];
    for (let i = 0, p = 0; i < count; i++) {
      const nameLength = directory.readUInt16LE(p + 28);
      entries.push({
        name: directory.toString('utf8', p + 46, p + 46 + nameLength),
        method: directory.readUInt16LE(p + 10),
        packed: directory.readUInt32LE(p + 20),
        size: directory.readUInt32LE(p + 24),
        offset: directory.readUInt32LE(p + 42),
      });
      p += 46 + nameLength + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32);
    }
    return entries;
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Streams one entry to `target` (memory stays small whatever its size); throws if its length is not the recorded one.
 *
 * @param {string} file
 * @param {Entry} entry
 * @param {string} target
 * @param {number} mode
 */
export async function extract(file, entry, target, mode) {
  const fd = fs.openSync(file, 'r');
  let start;
  try {
    const header = read(fd, 30, entry.offset);
    start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  } finally {
    fs.closeSync(fd);
  }
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(`zip method ${entry.method} of ${entry.name} is unknown`);
  if (entry.packed === 0) {
    fs.writeFileSync(target, '', { mode });
    return;
  }
  const source = fs.createReadStream(file, { start, end: start + entry.packed - 1, highWaterMark: 1 << 20 });
  const sink = fs.createWriteStream(target, { mode });
  await (entry.method === 8
    ? pipeline(source, zlib.createInflateRaw({ chunkSize: 1 << 20 }), sink)
    : pipeline(source, sink));
  const { size } = fs.statSync(target);
  if (size !== entry.size) throw new Error(`${entry.name} has ${size} bytes instead of ${entry.size}`);
}
