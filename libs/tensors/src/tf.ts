/** TensorFlow.js, the one door to it in this workspace: `import { tf } from '@theriac/tensors/engine'`. */
import * as tf from '@tensorflow/tfjs';

tf.env().set('PROD', true); // no banners on the console

export { tf };
