import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from './event-log';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('adds up the seconds of all sittings, past a line cut short', () => {
  const path = join(folder, 'events.jsonl');
  let now = 1_000_000;
  const first = openEventLog(path, () => now);
  now += 2_500;
  first.write({ event: 'trained', key: 'clean-p-gc-1' });
  appendFileSync(path, '{"at":"2026-');
  now += 60_000;
  const second = openEventLog(path, () => now);
  now += 1_500;
  second.write({ event: 'finished' });
  expect(second.seconds()).toBeCloseTo(4, 9);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ seconds: 2.5, event: 'trained', key: 'clean-p-gc-1' });
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ seconds: 4, event: 'finished' });
});
