import { TheriacError } from '@theriac/tensors';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json';
import { createManifest, differences, manifestText, parseManifest } from './manifest';
import type { Manifest } from './manifest';

/** The same value with the keys of every object in another order. */
function rearranged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rearranged);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, rearranged(item)]),
  );
}

const backend = { name: 'wasm', device: 'cpu', version: '4.22.0', threads: 2, compiles: false };
const word = fc.string({ minLength: 1 });
const manifests: fc.Arbitrary<Manifest> = fc
  .record({
    release: word,
    game: fc.record({
      dataset: word,
      trainLimit: fc.nat(),
      validationCount: fc.nat(),
      model: word,
      scaling: fc.constantFrom('standardised' as const, 'symmetric' as const, 'stored' as const),
    }),
    dataDigest: fc.option(word),
    attack: fc.option(
      fc.record({
        id: word,
        options: fc.dictionary(word, fc.oneof(word, fc.boolean(), fc.integer()), { noNullPrototype: true }),
      }),
    ),
    poisonFraction: fc.double({ min: 0, max: 100, noNaN: true }),
    constraint: fc.record({
      kind: word,
      radius: fc.double({ min: 0, max: 1, noNaN: true }),
      fixedLabels: fc.boolean(),
    }),
    defence: word,
    attackerProtocol: word,
    protocols: fc.array(word),
    attackSeed: fc.nat(),
    seeds: fc.array(fc.nat()),
    keepEpochs: fc.nat(),
  })
  .map((parts) => createManifest({ ...parts, backends: { trainer: backend, attacker: backend, evaluator: backend } }));

describe('canonical JSON', () => {
  it('has one spelling of any value, and that is read as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(rearranged(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        // As JSON itself spells it, which knows no -0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a manifest', () => {
  it('is read as it was written, with nothing different', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const read = parseManifest(manifestText(manifest), 'manifest.json');
        expect(manifestText(read)).toBe(manifestText(manifest));
        expect(differences(JSON.parse(JSON.stringify(manifest)), read)).toEqual([]);
      }),
    );
  });

  it('has the same text as another exactly where there is no difference', () => {
    fc.assert(
      fc.property(
        manifests,
        manifests,
        fc.constantFrom('game', 'attack', 'seeds', 'constraint'),
        (one, other, field) => {
          const mixed = { ...one, [field]: other[field as keyof Manifest] };
          expect(differences(one, mixed).length === 0).toBe(manifestText(one) === manifestText(mixed));
        },
      ),
    );
  });

  it('that is none is refused in one sentence, whatever it holds', () => {
    const torn = fc.tuple(manifests, fc.nat()).map(([manifest, at]) => {
      const text = manifestText(manifest);
      return text.slice(0, at % (text.length - 2));
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), torn), (text) => {
        expect(() => parseManifest(text, 'manifest.json')).toThrow(TheriacError);
      }),
      { numRuns: 500 },
    );
  });
});
