#!/usr/bin/env node
const { runProbe } = require('../dist/main/probe.js');

runProbe(process.argv.slice(2), process.env).then((code) => process.exit(code));
