import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManifest, manifestDigest, runId, sha256Hex } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { beginRun, markShown, openRunDirectory, placeRun, readManifest, runsIn } from './run-directory';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-runs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const backend = { name: 'wasm', device: 'cpu', version: '4', threads: 1, compiles: false };
const manifest: Manifest = createManifest({
  release: '0.1.0',
  game: { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 'standardised' },
  dataDigest: null,
  attack: { id: 'label-flip', options: {} },
  poisonFraction: 0.1,
  constraint: { kind: 'none', radius: 0, fixedLabels: false },
  defence: 'none',
  attackerProtocol: 'p-gradpc',
  protocols: ['p-gc'],
  attackSeed: 0,
  seeds: [1],
  keepEpochs: 10,
  backends: { trainer: backend, attacker: backend, evaluator: backend },
});
const finish = (path: string): void => writeFileSync(join(path, 'card.json'), '{}');

describe('run directory', () => {
  it("keeps the manifest's digest as the file's own", () => {
    const run = beginRun(join(folder, 'run'), manifest);
    expect(sha256Hex(readFileSync(run.file('manifest.json')))).toBe(manifestDigest(manifest));
    expect(readManifest(folder, 'run')).toEqual({ path: run.path, manifest });
    expect(readManifest('nowhere', run.path).path).toBe(run.path);
    expect(runsIn(folder)).toEqual(['run']);
  });

  it('names the runs there are where one is missing', () => {
    beginRun(join(folder, 'known'), manifest);
    expect(() => readManifest(folder, 'unknown')).toThrow(/no run "unknown".*allowed: known/);
    expect(() => readManifest(join(folder, 'empty'), 'unknown')).toThrow('none yet');
  });

  it('reads back a file only as it was recorded', () => {
    const run = beginRun(join(folder, 'run'), manifest);
    const ref = run.writeFile('poison.safetensors', new Uint8Array([1, 2, 3]));
    expect(ref).toEqual({ file: 'poison.safetensors', sha256: sha256Hex(new Uint8Array([1, 2, 3])), size: 3 });
    expect([...run.readFile(ref)]).toEqual([1, 2, 3]);
    writeFileSync(run.file('poison.safetensors'), 'changed');
    expect(() => run.readFile(ref)).toThrow('not what the run recorded');
    run.remove('poison.safetensors');
    expect(() => run.readFile(ref)).toThrow('no file');
  });

  it('keeps records, and refuses those of another manifest', () => {
    const run = beginRun(join(folder, 'run'), manifest);
    expect(run.readRecord('craft')).toBeUndefined();
    run.writeRecord('craft', { status: 'crafted', count: 3 });
    expect(run.readRecord('craft')).toEqual({ status: 'crafted', count: 3 });
    const other = openRunDirectory(run.path, { ...manifest, attackSeed: 1 });
    expect(() => other.readRecord('craft')).toThrow('belongs to another game');
  });
});

describe('placeRun', () => {
  it('goes on with what is unfinished, and leaves alone what is finished and was seen', () => {
    const first = placeRun(folder, manifest, {});
    expect(first).toBe(join(folder, runId(manifest)));
    beginRun(first, manifest);
    expect(placeRun(folder, manifest, {})).toBe(first);
    expect(placeRun(folder, manifest, { fresh: true })).toBe(`${first}-2`);
    finish(first);
    expect(placeRun(folder, manifest, {})).toBe(first);
    markShown(first);
    expect(placeRun(folder, manifest, {})).toBe(`${first}-2`);
    expect(placeRun(folder, manifest, { reuse: true })).toBe(first);
    beginRun(`${first}-2`, manifest);
    finish(`${first}-2`);
    markShown(`${first}-2`);
    expect(placeRun(folder, manifest, {})).toBe(`${first}-3`);
  });
});
