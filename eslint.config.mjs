import tseslint from 'typescript-eslint';
import { arrowsRule } from './tools/lint/arrows.mjs';

const GENERATED = ['**/dist/**', '**/node_modules/**', '.nx/**', 'runs/**', 'libs/contract/src/generated/**'];

/** What the syntax tree must not hold, with the reason that is printed. */
const SYNTAX = [
  ['ExportDefaultDeclaration', 'Export by name.'],
  ['ExportAllDeclaration', 'List the names that are exported.'],
  ['Decorator', 'No decorators.'],
  [
    'ClassDeclaration[superClass]:not([superClass.name=/Error$/])',
    'Wrap, do not inherit; only errors have a base class.',
  ],
  ['TSEnumDeclaration', 'Use a union of strings.'],
];

const SPEC_SYNTAX = [
  ['MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]', 'Every test runs.'],
  ['CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]', 'Every test runs.'],
  [
    "CallExpression[callee.object.name='jest'][callee.property.name='retryTimes']",
    'A test that needs retries is wrong.',
  ],
];

const restrict = (pairs) => ['error', ...pairs.map(([selector, message]) => ({ selector, message }))];

export default tseslint.config(
  { ignores: GENERATED },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { theriac: { rules: { arrows: arrowsRule } } },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      // Engines are loaded when they are chosen; the arrows rule checks require() too.
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 300 }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take randomness from a named RandomStream.' },
      ],
      'no-restricted-syntax': restrict(SYNTAX),
      'theriac/arrows': 'error',
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      // expect.objectContaining() and the like are any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      'max-lines': 'off',
      'no-console': 'off',
      'no-restricted-syntax': restrict([...SYNTAX, ...SPEC_SYNTAX]),
    },
  },
  {
    files: ['tools/**/*.ts', 'docs/**/*.ts', 'examples/**/*.ts'],
    rules: { 'theriac/arrows': 'off' },
  },
);
