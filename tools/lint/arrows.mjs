// @ts-check
import path from 'node:path';

/**
 * Which package may import which: every package has a row, and there is no wildcard.
 *
 * services -> service-kit, board, game, datasets, tensors, contract; apps -> service-kit, game, datasets, web-scale,
 * contract, and the plain part of tensors; web-scale -> game, tensors; game and datasets -> tensors; tensors -> nothing.
 * Services never import each other.
 * Tests may also import `@theriac/testing`.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const ARROWS = {
  'libs/contract': [],
  'libs/tensors': [],
  'libs/datasets': ['tensors'],
  'libs/game': ['tensors'],
  'libs/web-scale': ['game', 'tensors'],
  'libs/service-kit': ['contract', 'tensors'],
  'libs/board': ['contract', 'datasets', 'game', 'service-kit', 'tensors'],
  'libs/testing': ['contract', 'game', 'service-kit', 'tensors'],
  'services/trainer': ['board', 'contract', 'datasets', 'game', 'service-kit', 'tensors'],
  'services/attacker': ['board', 'contract', 'datasets', 'game', 'service-kit', 'tensors'],
  'services/evaluator': ['board', 'contract', 'datasets', 'game', 'service-kit', 'tensors'],
  'apps/cli': ['contract', 'datasets', 'game', 'service-kit', 'tensors', 'web-scale'],
  bench: ['attacker', 'board', 'cli', 'contract', 'datasets', 'evaluator', 'game', 'service-kit', 'tensors', 'trainer'],
  reliability: [
    'attacker',
    'cli',
    'contract',
    'datasets',
    'evaluator',
    'game',
    'service-kit',
    'tensors',
    'testing',
    'trainer',
  ],
};

/**
 * Packages whose programs another package starts as processes: a dependency without an import.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const STARTS = { 'apps/cli': ['trainer', 'attacker', 'evaluator'] };

/**
 * Modules that only some packages may import, whatever their row says: a prefix of the module's name, the packages, why.
 *
 * @type {readonly { prefix: string, only: readonly string[], why: string }[]}
 */
export const RESERVED = [
  {
    prefix: '@theriac/datasets/test-split',
    only: ['services/evaluator'],
    why: 'only the evaluator reads the test split',
  },
  ...['@theriac/tensors/engine', '@theriac/game/engine'].map((prefix) => ({
    prefix,
    only: [
      'libs/game',
      'libs/board',
      'libs/testing',
      'services/trainer',
      'services/attacker',
      'services/evaluator',
      'bench',
    ],
    why: 'it loads the tensor engine, which belongs to worker threads',
  })),
  { prefix: '@tensorflow/', only: ['libs/tensors'], why: 'the engine stays behind the backend module of tensors' },
  {
    prefix: '@grpc/',
    only: ['libs/contract', 'libs/service-kit', 'reliability'],
    why: 'gRPC stays behind service-kit',
  },
];

/**
 * Why a file may not import a module, or undefined when it may.
 *
 * @param {string} root the root of the repository
 * @param {string} file
 * @param {string} module the specifier, for example "@theriac/game" or "../x"
 * @returns {string | undefined}
 */
export function forbidden(root, file, module) {
  const place = path.relative(root, file).split(path.sep).join('/');
  const home = /^(bench|reliability)(?=\/)/.exec(place)?.[0] ?? place.split('/').slice(0, 2).join('/');
  const row = ARROWS[home];
  if (!row) return `${home} has no row in tools/lint/arrows.mjs`;
  if (module.startsWith('.')) {
    const target = path.relative(path.join(root, home), path.resolve(path.dirname(file), module));
    return target.startsWith('..') ? `${module} leaves ${home}: import the package by its name` : undefined;
  }
  const reserved = RESERVED.find(({ prefix }) => `${module}/`.startsWith(prefix.replace(/\/?$/, '/')));
  if (reserved && !reserved.only.includes(home)) return `${home} may not import ${module}: ${reserved.why}`;
  const name = /^@theriac\/([^/]+)/.exec(module)?.[1];
  const isSpec = place.endsWith('.spec.ts');
  if (name === undefined || row.includes(name) || (isSpec && name === 'testing')) return undefined;
  return `${home} may not import ${module}; allowed: ${row.length ? row.join(', ') : 'no other package'}`;
}

/**
 * ESLint rule: every static, dynamic, type-only and re-exporting import follows the arrows.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const arrowsRule = {
  meta: { type: 'problem', schema: [], messages: { forbidden: '{{why}}.' } },
  create(context) {
    /** @param {any} source */
    const check = (source) => {
      const module = source?.type === 'TSLiteralType' ? source.literal.value : source?.value;
      const why = typeof module === 'string' ? forbidden(context.cwd, context.filename, module) : undefined;
      if (why) context.report({ node: source, messageId: 'forbidden', data: { why } });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      /** @param {any} node */
      TSImportType: (node) => check(node.source ?? node.argument),
      /** @param {any} node */
      TSExternalModuleReference: (node) => check(node.expression),
      CallExpression(node) {
        const { callee } = node;
        if (callee.type === 'Identifier' && callee.name === 'require') check(node.arguments[0]);
      },
    };
  },
};
