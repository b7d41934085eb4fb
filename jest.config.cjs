// One configuration for the whole workspace; sources are read through the `@theriac/source` condition, no build needed.

// Read by the native library itself, which sees only what is set before the test processes start: one thread each.
process.env.THERIAC_THREADS ??= '1';
process.env.TF_NUM_INTRAOP_THREADS ??= process.env.THERIAC_THREADS;
process.env.TF_NUM_INTEROP_THREADS ??= process.env.THERIAC_THREADS;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/{libs,services,apps,bench,reliability,docs,tools,examples}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/[^/]+/[^/]+/dist/', '<rootDir>/(?:bench|reliability)/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { configFile: `${__dirname}/.swcrc` }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: '<rootDir>/tools/jest-environment.cjs',
  testEnvironmentOptions: { customExportConditions: ['@theriac/source', 'node', 'require', 'default'] },
  // The engine's memory does not come back by itself: a test process that holds much is replaced.
  workerIdleMemoryLimit: '1GB',
  testTimeout: 60000,
};
