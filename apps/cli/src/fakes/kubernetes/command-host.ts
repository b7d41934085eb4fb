/** A process that runs one command line after another as `theriac` does, for tests of many: what takes long to load is loaded once. */
import { runProgram } from '../../program';

export interface HostedRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const streams = { out: process.stdout, err: process.stderr };

async function run(args: readonly string[]): Promise<HostedRun> {
  const said = { out: '', err: '' };
  const own = { out: streams.out.write.bind(streams.out), err: streams.err.write.bind(streams.err) };
  for (const name of ['out', 'err'] as const)
    streams[name].write = (text: string | Uint8Array) => {
      said[name] += text.toString();
      return true;
    };
  try {
    const code = await runProgram(['node', 'theriac', ...args]);
    return { code, ...said };
  } finally {
    for (const name of ['out', 'err'] as const) streams[name].write = own[name];
  }
}

if (require.main === module)
  process.on('message', ({ folder, args }: { readonly folder: string; readonly args: readonly string[] }) => {
    process.chdir(folder);
    void run(args).then((ran) => process.send?.(ran));
  });
