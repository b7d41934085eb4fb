/** A cluster for tests: an API server and a controller of Jobs in this process, and the built command as its client. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { theriac } from '../built-command';
import { startApiServer } from './api-server';
import type { ApiServer } from './api-server';
import { startJobController } from './job-controller';
import type { Node } from './job-controller';
import { rightsOfSweeper } from './rights';
import type { Rights } from './rights';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface TestCluster {
  readonly server: ApiServer;
  /** Where commands run; kubeconfig and runs lie there. */
  readonly folder: string;
  /** Runs `theriac sweep plan.yaml --engine kubernetes` with these options besides; one after another. */
  sweep(...options: string[]): Promise<Ran>;
  /** The same in a process of its own. */
  start(...options: string[]): { readonly process: ChildProcess; readonly ended: Promise<Ran> };
  write(name: string, content: string): void;
  close(): Promise<void>;
}

/** Runs the commands of all clusters of a test file: what takes long to load is loaded once. */
let host: ChildProcess | undefined;

/** Ends it, when all clusters are closed. */
export function endCommands(): void {
  host?.kill('SIGKILL');
  host = undefined;
}

/** Tokens beside that of the sweeper, for those with other rights. */
export async function startTestCluster(
  node: Node,
  others: Readonly<Record<string, Rights>> = {},
): Promise<TestCluster> {
  const tokens = new Map([['sweeper', rightsOfSweeper()], ...Object.entries(others)]);
  const server = await startApiServer({ namespaces: ['theriac'], tokens });
  const stop = startJobController(server, node);
  const folder = mkdtempSync(join(tmpdir(), 'tk-'));
  const write = (name: string, content: string): void => writeFileSync(join(folder, name), content);
  write('kubeconfig', kubeconfig(server.url, [...tokens.keys()]));

  function start(...options: string[]): { process: ChildProcess; ended: Promise<Ran> } {
    const child = spawn(process.execPath, [theriac, ...command, ...options], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
    return { process: child, ended };
  }
  let last: Promise<unknown> = Promise.resolve();
  function sweep(...options: string[]): Promise<Ran> {
    const ran = last.then(async () => {
      host ??= fork(join(dirname(dirname(theriac)), 'dist', 'fakes', 'kubernetes', 'command-host.js'));
      host.send({ folder, args: [...command, ...options] });
      const [answer] = (await once(host, 'message')) as [Ran];
      return answer;
    });
    last = ran;
    return ran;
  }
  return {
    server,
    folder,
    write,
    start,
    sweep,
    async close() {
      await stop();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const command = ['sweep', 'plan.yaml', '--engine', 'kubernetes', '--kubeconfig', 'kubeconfig'];

/** A context for each token, and one whose cluster is not there. */
function kubeconfig(server: string, tokens: readonly string[]): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'sweeper',
    clusters: [
      { name: 'test', cluster: { server } },
      { name: 'away', cluster: { server: 'http://127.0.0.1:1' } },
    ],
    users: tokens.map((token) => ({ name: token, user: { token } })),
    contexts: [
      ...tokens.map((token) => ({ name: token, context: { cluster: 'test', user: token, namespace: 'theriac' } })),
      { name: 'away', context: { cluster: 'away', user: 'sweeper' } },
      { name: 'unknown', context: { cluster: 'test', user: 'nobody' } },
    ],
  });
}
