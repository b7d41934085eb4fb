/** One configuration for the whole workspace; sources are read through the `@theriac/source` condition, no build needed. */
module.exports = {
  rootDir: __dirname,
  testMatch: ['<rootDir>/{libs,services,apps,bench,docs,tools}/**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/[^/]+/[^/]+/dist/'],
  transform: { '^.+\\.ts$': ['@swc/jest', { configFile: `${__dirname}/.swcrc` }] },
  testEnvironment: '<rootDir>/tools/jest-environment.cjs',
  testEnvironmentOptions: { customExportConditions: ['@theriac/source', 'node', 'require', 'default'] },
  testTimeout: 60000,
};
