import { createHash } from 'node:crypto';
import type { Manifest } from './manifest';
import {
  cleanTrainingDigest,
  createManifest,
  differences,
  manifestDigest,
  manifestText,
  parseManifest,
  requireSameManifest,
  runId,
} from './manifest';

const backend = { name: 'wasm', device: 'cpu', version: '4.22.0', threads: 2, compiles: false };
const example: Manifest = createManifest({
  release: '0.1.0',
  game: { dataset: 'mnist', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 'standardised' },
  dataDigest: 'ab'.repeat(32),
  attack: { id: 'gradient-canceling', options: { target: 'reversed', steps: 60 } },
  poisonFraction: 0.03,
  constraint: { kind: 'none', radius: 0, fixedLabels: false },
  defence: 'none',
  attackerProtocol: 'p-gradpc',
  protocols: ['p-gc', 'stable-sgd'],
  attackSeed: 0,
  seeds: [1, 2, 3],
  keepEpochs: 10,
  backends: { trainer: backend, attacker: backend, evaluator: backend },
});

describe('manifest', () => {
  it('has the digest of its file', () => {
    expect(manifestDigest(example)).toBe(createHash('sha256').update(manifestText(example), 'utf8').digest('hex'));
  });

  it('names its run after the game', () => {
    expect(runId(example)).toBe(`mnist-lr-gradient-canceling-reversed-0.03-${manifestDigest(example).slice(0, 8)}`);
    expect(runId({ ...example, attack: null, poisonFraction: 0 })).toMatch(/^mnist-lr-plain-[0-9a-f]{8}$/);
    const own = { ...example, game: { ...example.game, dataset: `path:/data/${'x'.repeat(300)}/own.csv` } };
    expect(runId(own)).toMatch(/^own\.csv-lr-gradient/);
    expect(runId({ ...example, attack: { id: 'a/b', options: { target: '../x' } } })).not.toContain('/');
  });

  it('changes its digest with every setting', () => {
    const variants: Manifest[] = [
      example,
      { ...example, attackSeed: 1 },
      { ...example, seeds: [1, 2] },
      { ...example, poisonFraction: 0.031 },
      { ...example, dataDigest: null },
      { ...example, constraint: { ...example.constraint, kind: 'box' } },
      { ...example, attack: { id: 'gradient-canceling', options: { target: 'reversed', steps: 61 } } },
      { ...example, backends: { ...example.backends, attacker: { ...backend, name: 'tensorflow' } } },
    ];
    expect(new Set(variants.map(manifestDigest)).size).toBe(variants.length);
  });

  it('reads what it wrote, and refuses anything else by name', () => {
    expect(parseManifest(manifestText(example), 'manifest.json')).toEqual(example);
    expect(() => parseManifest('{"game":', 'runs/x/manifest.json')).toThrow('runs/x/manifest.json is not a manifest');
    expect(() => parseManifest('[]', 'm')).toThrow('not a manifest');
    expect(() => parseManifest(manifestText({ ...example, version: 99 }), 'm')).toThrow('version 99');
  });

  it('refuses to go on under another setting, and names it', () => {
    expect(() => requireSameManifest(example, structuredClone(example))).not.toThrow();
    const other = { ...example, backends: { ...example.backends, trainer: { ...backend, name: 'cpu' } } };
    expect(() => requireSameManifest(example, other)).toThrow(/backends\.trainer\.name.*cpu.*wasm/);
    expect(() => requireSameManifest(example, { ...other, attackSeed: 7 })).toThrow(
      /attackSeed is "7"; allowed: 0.*Besides, backends\.trainer\.name is "cpu" and was "wasm"\. Restore/,
    );
    expect(differences({ a: 1, b: { c: [1] } }, { b: { c: [2] }, d: 0 }).map((entry) => entry.field)).toEqual([
      'a',
      'b.c',
      'd',
    ]);
  });

  it('shares a clean training between games that differ in attack, seeds and fraction only', () => {
    const other = { ...example, attack: null, poisonFraction: 0, seeds: [1], attackSeed: 5, protocols: ['p-gc'] };
    const digest = (manifest: Manifest) => cleanTrainingDigest(manifest, 'p-gc', 1, 10);
    expect(digest(other)).toBe(digest(example));
    expect(cleanTrainingDigest(example, 'p-gc', 2, 10)).not.toBe(digest(example));
    expect(digest({ ...example, game: { ...example.game, scaling: 'stored' } })).not.toBe(digest(example));
    expect(digest({ ...example, dataDigest: 'cd'.repeat(32) })).not.toBe(digest(example));
  });
});
