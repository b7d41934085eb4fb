import { execFileSync } from 'node:child_process';
import path from 'node:path';

/** Lines that break nothing, so that a snippet breaks only what it is meant to. */
const use = (name: string) => `export const used = [${name}];\n`;
const arrows = 'theriac/arrows';
const syntax = 'no-restricted-syntax';

/** What is wrong, in which file (none that exists), the text, the rule that must say so. */
const BAD: [string, string, string, string][] = [
  ['tensors importing game', 'libs/tensors/src/snippet.ts', `import { x } from '@theriac/game';\n${use('x')}`, arrows],
  [
    'game importing contract',
    'libs/game/src/snippet.ts',
    `import { x } from '@theriac/contract';\n${use('x')}`,
    arrows,
  ],
  [
    'a service importing a service',
    'services/trainer/src/snippet.ts',
    `export { x } from '@theriac/attacker';\n`,
    arrows,
  ],
  ['the same by its path', 'services/trainer/src/snippet.ts', `export { x } from '../../attacker/src/x';\n`, arrows],
  [
    'the same by import()',
    'services/trainer/src/snippet.ts',
    `export const x = import('@theriac/attacker');\n`,
    arrows,
  ],
  [
    'the same by require()',
    'services/trainer/src/snippet.ts',
    `export const x: unknown = require('@theriac/attacker');\n`,
    arrows,
  ],
  ['the same by a type', 'services/trainer/src/snippet.ts', `export type X = import('@theriac/attacker').X;\n`, arrows],
  [
    'the attacker reading the test split',
    'services/attacker/src/snippet.ts',
    `export { x } from '@theriac/datasets/test-split';\n`,
    arrows,
  ],
  [
    'the test split by its path',
    'services/attacker/src/snippet.ts',
    `export { x } from '../../../libs/datasets/src/test-split';\n`,
    arrows,
  ],
  [
    'service-kit loading the engine',
    'libs/service-kit/src/snippet.ts',
    `export { x } from '@theriac/tensors/engine';\n`,
    arrows,
  ],
  ['the engine outside tensors', 'libs/game/src/snippet.ts', `export { tensor } from '@tensorflow/tfjs';\n`, arrows],
  ['gRPC outside service-kit', 'services/trainer/src/snippet.ts', `export { Server } from '@grpc/grpc-js';\n`, arrows],
  ['testing outside tests', 'libs/game/src/snippet.ts', `export { x } from '@theriac/testing';\n`, arrows],
  ['a default export', 'libs/game/src/snippet.ts', `const one = 1;\nexport default one;\n`, syntax],
  ['export *', 'libs/game/src/snippet.ts', `export * from './poison';\n`, syntax],
  ['inheritance', 'libs/game/src/snippet.ts', `class A {}\nexport class B extends A {}\n`, syntax],
  ['a skipped test', 'libs/game/src/snippet.spec.ts', `it.${'skip'}('x', () => undefined);\n`, syntax],
  ['a lone test', 'libs/game/src/snippet.spec.ts', `describe.${'only'}('x', () => undefined);\n`, syntax],
  [
    'any',
    'libs/game/src/snippet.ts',
    `export const f = (x: any): boolean => x === 1;\n`,
    '@typescript-eslint/no-explicit-any',
  ],
  [
    'a floating promise',
    'libs/game/src/snippet.ts',
    `export const f = (): void => {\n  Promise.resolve(1);\n};\n`,
    '@typescript-eslint/no-floating-promises',
  ],
  ['console', 'services/trainer/src/snippet.ts', `console.log('x');\nexport const y = 1;\n`, 'no-console'],
  ['Math.random', 'libs/game/src/snippet.ts', `export const x = Math.random();\n`, 'no-restricted-properties'],
  ['a long file', 'libs/game/src/snippet.ts', `${'\n'.repeat(300)}export const x = 1;\n`, 'max-lines'],
];

const GOOD: [string, string, string][] = [
  [
    'the evaluator reading the test split',
    'services/evaluator/src/snippet.ts',
    `export { x } from '@theriac/datasets/test-split';\n`,
  ],
  [
    'a test importing testing',
    'libs/game/src/snippet.spec.ts',
    `import { x } from '@theriac/testing';\nexpect(x).toBe(1);\n`,
  ],
  ['a service importing service-kit', 'services/trainer/src/snippet.ts', `export { x } from '@theriac/service-kit';\n`],
];

const root = path.resolve(__dirname, '../..');
const input = JSON.stringify([...BAD, ...GOOD].map(([, file, text]) => ({ file, text })));
const broken = JSON.parse(
  execFileSync(process.execPath, [path.join(__dirname, 'lint-snippets.mjs')], { input, cwd: root, encoding: 'utf8' }),
) as string[][];

describe('the lint rules', () => {
  it.each(BAD.map(([what, , , rule], i) => [what, rule, broken[i]] as const))('refuse %s by %s', (_, rule, found) => {
    expect(found).toEqual([rule]);
  });

  it.each(GOOD.map(([what], i) => [what, broken[BAD.length + i]] as const))('allow %s', (_, found) => {
    expect(found).toEqual([]);
  });
});
