/** A child process of `theriac doctor`: starts the engine as a service would and tells its parent what came of it. */
// eslint-disable-next-line theriac/arrows -- this file is a process of its own
import { startBackend } from '@theriac/tensors/engine';

startBackend()
  .then((report) => process.send?.({ report }))
  .catch((error: unknown) => process.send?.({ failure: error instanceof Error ? error.message : String(error) }));
