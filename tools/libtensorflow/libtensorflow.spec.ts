import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32, deflateRawSync } from 'node:zlib';

const tools = join(__dirname, '..');
const url = (file: string): string => pathToFileURL(join(tools, file)).href;

interface Outcome {
  ok: boolean;
  status: string;
  why?: string;
  remedy?: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-provision-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function runModule(
  code: string,
  env: Record<string, string> = {},
): { stdout: string; stderr: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env,
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

/** A root whose packages are stand-ins, and a PATH with nothing on it but what is given. */
function fakeRoot(): string {
  const modules = join(folder, 'root', 'node_modules');
  const addon = join(modules, '@tensorflow', 'tfjs-node-gpu');
  mkdirSync(join(addon, 'binding'), { recursive: true });
  mkdirSync(join(modules, 'node-api-headers'), { recursive: true });
  mkdirSync(join(folder, 'root', 'libs', 'tensors'), { recursive: true });
  writeFileSync(join(addon, 'package.json'), '{}');
  for (const name of ['tfjs_backend.cc', 'tfjs_binding.cc']) writeFileSync(join(addon, 'binding', name), 'int f();');
  writeFileSync(join(modules, 'node-api-headers', 'index.js'), 'exports.include_dir = __dirname;');
  return join(folder, 'root');
}

function provision(root: string, env: Record<string, string> = {}): { outcome: Outcome; lines: string[] } {
  const code = `import { provisionTensorflow } from '${url('libtensorflow.mjs')}';
    console.log(JSON.stringify(await provisionTensorflow({ root: ${JSON.stringify(root)} })));`;
  const { stdout, stderr } = runModule(code, {
    PATH: join(folder, 'bin'),
    THERIAC_CACHE: join(folder, 'cache'),
    ...env,
  });
  return { outcome: JSON.parse(stdout) as Outcome, lines: stderr.trim().split('\n') };
}

/** The cache folder as a first run leaves it, with a library of so many bytes though the manifest says 3. */
function fakeCache(bytes: number): void {
  const { version, wheel } = JSON.parse(
    runModule(`import { FLAVOURS, VERSION } from '${url('libtensorflow/wheel.mjs')}';
      console.log(JSON.stringify({ version: VERSION, wheel: FLAVOURS.cpu.wheel }));`).stdout,
  ) as { version: string; wheel: string };
  const home = join(folder, 'cache', 'libtensorflow', `${wheel}-${version}-linux-x64`);
  mkdirSync(join(home, 'tensorflow'), { recursive: true });
  writeFileSync(join(home, 'tensorflow', 'lib.so'), Buffer.alloc(bytes));
  writeFileSync(join(home, 'manifest.json'), JSON.stringify({ files: { 'tensorflow/lib.so': 3 } }));
}

describe('provisionTensorflow', () => {
  const lacking: [what: string, env: Record<string, string>, why: RegExp][] = [
    ['an unknown flavour', { THERIAC_TENSORFLOW: 'tpu' }, /"tpu"; allowed: cpu, gpu, off/],
    ['being switched off', { THERIAC_TENSORFLOW: 'off' }, /switched off/],
    ['no Python', {}, /python3 is not installed/],
  ];
  it.each(lacking)(
    'answers %s with one line, a reason and a remedy, and leaves them for the backend',
    (_, env, why) => {
      const root = fakeRoot();
      const { outcome, lines } = provision(root, env);
      expect(outcome).toMatchObject({ ok: false, status: env.THERIAC_TENSORFLOW === 'off' ? 'off' : 'unavailable' });
      expect(outcome.why).toMatch(why);
      expect(outcome.remedy).toBeTruthy();
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('wasm backend will serve');
      const state = readFileSync(join(root, 'node_modules', '.theriac', 'libtensorflow.json'), 'utf8');
      expect(JSON.parse(state)).toEqual(outcome);
    },
  );

  it('says so when pip is missing or has no such wheel', () => {
    const root = fakeRoot();
    mkdirSync(join(folder, 'bin'));
    const python = (script: string) =>
      writeFileSync(join(folder, 'bin', 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    python('exit 1');
    expect(provision(root).outcome.why).toMatch(/python3 has no pip/);
    python('case "$3" in --version) exit 0;; esac; echo "ERROR: no such thing" >&2; exit 1');
    expect(provision(root).outcome.why).toMatch(/pip could not fetch tensorflow-cpu==.*\(no such thing\)/);
    expect(provision(root, { THERIAC_CACHE: __filename }).outcome.why).toMatch(/cannot be written \(ENOTDIR\)/);
    expect(execFileSync('/bin/ls', ['-A', join(folder, 'cache', 'libtensorflow')], { encoding: 'utf8' })).toBe('');
  });

  it('refuses a wheel with another checksum', () => {
    const root = fakeRoot();
    mkdirSync(join(folder, 'bin'));
    symlinkSync('/bin/cp', join(folder, 'bin', 'cp'));
    const wheel = join(folder, 'tensorflow_cpu.whl');
    writeFileSync(wheel, 'not the wheel');
    const script = `case "$3" in --version) exit 0;; esac\nwhile [ "$1" != -d ]; do shift; done\ncp ${wheel} "$2"`;
    writeFileSync(join(folder, 'bin', 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    expect(provision(root).outcome.why).toMatch(
      /the checksum of tensorflow_cpu.whl is [0-9a-f]{64}, not the pinned [0-9a-f]{64}/,
    );
  });

  it('uses a whole cache without Python, and tells a truncated one', () => {
    const root = fakeRoot();
    fakeCache(3);
    expect(provision(root, { CXX: 'nonesuch' }).outcome.why).toBe('the C++ compiler nonesuch is not installed');
    fakeCache(2);
    expect(provision(root, { CXX: 'nonesuch' }).outcome.why).toMatch(/python3 is not installed/);
  });

  it('takes a link away that no longer holds', () => {
    const root = fakeRoot();
    const link = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib', 'napi-v8', 'tfjs_binding.node');
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync('/nowhere', link);
    provision(root, { THERIAC_TENSORFLOW: 'off' });
    expect(() => readFileSync(link)).toThrow(/ENOENT/);
    expect(execFileSync('/bin/ls', ['-A', join(link, '..')], { encoding: 'utf8' })).toBe('');
  });
});

describe('the zip reader', () => {
  /** A zip file of these entries, deflated or stored, as the format's specification (APPNOTE 4.3) lays it out. */
  function zip(entries: { name: string; content: Buffer; deflate: boolean }[]): Buffer {
    const local: Buffer[] = [];
    const central: Buffer[] = [];
    let offset = 0;
    for (const { name, content, deflate } of entries) {
      const packed = deflate ? deflateRawSync(content) : content;
      const common = Buffer.alloc(26);
      common.writeUInt16LE(20, 0);
      common.writeUInt16LE(deflate ? 8 : 0, 4);
      common.writeUInt32LE(crc32(content), 10);
      common.writeUInt32LE(packed.length, 14);
      common.writeUInt32LE(content.length, 18);
      common.writeUInt16LE(name.length, 22);
      const tail = Buffer.alloc(14);
      tail.writeUInt32LE(offset, 10);
      const record = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
      local.push(record);
      central.push(Buffer.from('PK\x01\x02\x14\x00'), common, tail, Buffer.from(name));
      offset += record.length;
    }
    const directory = Buffer.concat(central);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06', 'latin1');
    end.writeUInt16LE(entries.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...local, directory, end]);
  }

  const read = (file: string) =>
    runModule(`import { extract, zipEntries } from '${url('libtensorflow/zip.mjs')}';
      const [file, target] = ${JSON.stringify([file, join(folder, 'out')])};
      for (const entry of zipEntries(file)) { await extract(file, entry, target + entry.name, 0o644); console.log(entry.name, entry.size); }`);

  it('reads deflated, stored and empty entries', () => {
    const file = join(folder, 'a.zip');
    const content = Buffer.from('theriac '.repeat(1000));
    const entries = [
      { name: 'deflated', content, deflate: true },
      { name: 'stored', content, deflate: false },
      { name: 'empty', content: Buffer.alloc(0), deflate: false },
    ];
    writeFileSync(file, zip(entries));
    expect(read(file).stdout).toBe('deflated 8000\nstored 8000\nempty 0\n');
    for (const entry of entries)
      expect(readFileSync(join(folder, `out${entry.name}`)).equals(entry.content)).toBe(true);
  });

  it('refuses a truncated file and what is no zip', () => {
    const whole = zip([{ name: 'x', content: Buffer.from('y'.repeat(99)), deflate: false }]);
    for (const [name, bytes] of Object.entries({
      truncated: whole.subarray(0, whole.length - 30),
      text: Buffer.from('hello'),
    })) {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      const { status, stderr } = read(file);
      expect(status).toBe(1);
      expect(stderr).toMatch(/not a zip file, or a truncated one/);
    }
  });
});
