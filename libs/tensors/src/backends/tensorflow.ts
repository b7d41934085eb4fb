/** Starts the `tensorflow` backend: libtensorflow behind tfjs-node's binding, with our kernels and gradients on top. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TheriacError } from '../errors';
import { installNativeGradients } from './native-gradients';
import { nativeBackend } from './native-binding';
import { registerNativeKernels } from './native-kernels';

const nodePackage = '@tensorflow/tfjs-node-gpu';

/** What the provisioning tool has left in node_modules/.theriac. */
export interface Provisioned {
  readonly ok: boolean;
  readonly status: 'ready' | 'off' | 'unavailable';
  readonly wheel?: string;
  readonly version?: string;
  readonly binding?: string;
  readonly why?: string;
  readonly remedy?: string;
}

interface Place {
  readonly addon: string;
  /** Loaded first, it keeps the library from logging while that is loaded. */
  readonly quiet: string;
  readonly state: string;
}

function placeOf(): Place | undefined {
  try {
    const folder = dirname(createRequire(__filename).resolve(`${nodePackage}/package.json`));
    const addons = join(folder, 'lib', 'napi-v8');
    return {
      addon: join(addons, 'tfjs_binding.node'),
      quiet: join(addons, 'quiet.node'),
      state: join(folder, '..', '..', '.theriac', 'libtensorflow.json'),
    };
  } catch {
    return undefined;
  }
}

/** The outcome of the last `npm run setup`, undefined where it has not run. */
export function provisionedTensorflow(): Provisioned | undefined {
  try {
    return JSON.parse(readFileSync(placeOf()?.state ?? '', 'utf8')) as Provisioned;
  } catch {
    return undefined;
  }
}

/** Loads the native library (synchronous, 0.3 to 1 s). Returns how to take our gradients back. Throws UNAVAILABLE. */
export function loadTensorflow(): { device: 'cpu' | 'gpu'; version: string; undo: () => void } {
  const place = placeOf();
  if (!place) throw unavailable('the npm packages are not installed', 'Run npm install.');
  if (!existsSync(place.addon)) {
    const known = provisionedTensorflow();
    throw unavailable(known?.why ?? 'the native library has not been set up', known?.remedy ?? 'Run npm run setup.');
  }
  try {
    if (existsSync(place.quiet)) require(place.quiet);
    require(nodePackage); // registers itself as the `tensorflow` backend
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n');
    throw unavailable(`the native library does not load: ${line}`, 'Run npm run setup.');
  }
  const { binding, isUsingGpuDevice } = nativeBackend();
  registerNativeKernels(binding);
  return { device: isUsingGpuDevice ? 'gpu' : 'cpu', version: binding.TF_Version, undo: installNativeGradients() };
}

const unavailable = (why: string, remedy: string): TheriacError =>
  new TheriacError(why, { code: 'UNAVAILABLE', remedy });
