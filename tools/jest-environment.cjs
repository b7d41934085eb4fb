// jest runs tests in a context with its own Float32Array; the native addon and wasm's shared memory are of the main realm, so
// the two are made one.
const { TestEnvironment } = require('jest-environment-node');

const shared = {
  Float32Array,
  Float64Array,
  Int32Array,
  BigInt64Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  Uint8ClampedArray,
  ArrayBuffer,
  SharedArrayBuffer,
  WebAssembly,
};

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    Object.assign(this.global, shared);
  }
};
