import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDigest } from './build-digest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'theriac-build-'));
  mkdirSync(join(root, 'services/trainer/dist/training'), { recursive: true });
  mkdirSync(join(root, 'services/trainer/src'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const write = (file: string, text: string): void => writeFileSync(join(root, 'services/trainer', file), text);

it('changes with what is built, wherever it lies, and with nothing else', () => {
  write('dist/training/protocol.js', 'lr = 0.1');
  const first = buildDigest(root);
  write('src/protocol.ts', 'lr = 0.2');
  write('dist/training/protocol.js.map', '{}');
  expect(buildDigest(root)).toBe(first);
  write('dist/training/protocol.js', 'lr = 0.2');
  expect(buildDigest(root)).not.toBe(first);
});
