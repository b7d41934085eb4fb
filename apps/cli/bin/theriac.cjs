#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const main = join(__dirname, '..', 'dist', 'main.js');
if (!existsSync(main)) {
  process.stderr.write('theriac: it is not built yet. Run `npm run setup` in the repository root.\n');
  process.exit(1);
}
require(main).main(process.argv);
