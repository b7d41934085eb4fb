/** Services that are killed or frozen before they serve. What is built is run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChildService } from './child-service';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-child-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The process that was started with this socket. */
function pidOf(socket: string): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const line = stdout.split('\n').find((each) => each.includes(socket));
  return line === undefined ? undefined : parseInt(line.trim(), 10);
}

it.each(['SIGKILL', 'SIGSTOP'] as const)(
  'is started again after %s',
  async (signal) => {
    const socket = join(folder, 'a.sock');
    const starting = startChildService('evaluator', socket);
    let first = pidOf(socket);
    while (first === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      first = pidOf(socket);
    }
    process.kill(first, signal);
    const service = await starting;
    expect(pidOf(socket)).not.toBe(first);
    await service.stop();
    expect(pidOf(socket)).toBeUndefined();
  },
  120_000,
);

it('says why it does not start, and tries no second time, where it ends by itself', async () => {
  const socket = join(folder, 'a.sock');
  await expect(startChildService('evaluator', socket, ['--backend', 'abacus'])).rejects.toThrow(
    /evaluator died \(exit code 1\).*abacus/,
  );
}, 120_000);
