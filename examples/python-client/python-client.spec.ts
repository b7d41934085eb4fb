import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');
const python = process.env['THERIAC_PYTHON'] ?? 'python3';
const needs = 'import grpc, grpc_tools.protoc, numpy';
const hasPackages = spawnSync(python, ['-c', needs]).status === 0;

/** What a client prints, and how it ends. */
function run(program: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-B', path.join(__dirname, program)], { cwd: root });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

describe('the Python client', () => {
  it('names every method of the trainer and of the blob store', () => {
    const source = readdirSync(__dirname)
      .filter((name) => name.endsWith('.py'))
      .map((name) => readFileSync(path.join(__dirname, name), 'utf8'))
      .join('\n');
    const methods = ['trainer', 'tensor'].flatMap((name) => {
      const text = readFileSync(path.join(root, 'proto', 'theriac', 'v1', `${name}.proto`), 'utf8');
      return [...text.matchAll(/^ {2}rpc (\w+)\(/gm)].map(([, method]) => method as string);
    });
    expect(methods.length).toBeGreaterThan(12);
    expect(methods.filter((method) => !source.includes(`.${method}(`))).toEqual([]);
  });

  if (hasPackages) {
    it('calls every method of a trainer and finds the right numbers', async () => {
      const { code, output } = await run('check_trainer.py');
      expect(output.split('\n').filter((line) => line.startsWith('WRONG'))).toEqual([]);
      expect(output).toMatch(/^\d+ right, 0 wrong/m);
      expect(code).toBe(0);
    }, 300_000);
  } else {
    process.stderr.write(
      `notice: the Python client is not run: ${python} lacks grpcio, grpcio-tools or numpy ` +
        '(python3 -m pip install -r examples/python-client/requirements.txt)\n',
    );
  }
});
