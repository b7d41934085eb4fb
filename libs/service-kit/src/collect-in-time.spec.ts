import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** MiB outside the heap that a process tells of, 5 s after 40 MiB there became garbage and nothing else happened. */
async function leftBehind(preparation: string): Promise<number> {
  const program = `
    require(${JSON.stringify(join(__dirname, 'fixtures/read-typescript.cjs'))});
    const { collectInTime } = require(${JSON.stringify(join(__dirname, 'collect-in-time.ts'))});
    ${preparation};
    const kept = Array.from({ length: 40 }, () => Buffer.alloc(1 << 20));
    setTimeout(() => (kept.length = 0), 100);
    setTimeout(() => console.log(process.memoryUsage().arrayBuffers / (1 << 20)), 5000);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
  return Number(stdout);
}

it('collects what V8 leaves lying in a process that has become idle', async () => {
  const [left, collected] = await Promise.all([leftBehind(''), leftBehind('collectInTime()')]);
  expect(left).toBeGreaterThan(30);
  expect(collected).toBeLessThan(2);
}, 60_000);
