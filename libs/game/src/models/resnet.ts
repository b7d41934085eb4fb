import type { ModelDefinition } from '../model';
import { relu } from './layers/activation';
import { chain } from './layers/chain';
import { dense } from './layers/dense';
import { normalisedConvolution } from './layers/normalised-convolution';
import { globalAverage } from './layers/pooling';
import { residualBlock } from './layers/residual-block';
import { imageNetwork } from './network';

interface Stage {
  readonly blocks: number;
  readonly width: number;
}

/** A ResNet of basic blocks for small images: a 3x3 stem of stride 1 without pooling, then stages, each but the first halving. */
export function residualNetwork(id: string, stages: readonly Stage[]): ModelDefinition {
  return {
    id,
    summary: `residual network of basic blocks [${stages.map(({ blocks }) => blocks).join()}], 3x3 stem for small images, batch normalisation`,
    source:
      'He et al. (CVPR 2016). Our reading: the papers do not say which variant they used, and have released no code of it; ' +
      'this is the usual form for CIFAR-10, with the blocks of torchvision and the default initialisation of PyTorch',
    create: (shape, classes) =>
      imageNetwork({
        id,
        shape,
        classes,
        homogeneous: false,
        lastLayer: 'fc',
        layers: chain(
          normalisedConvolution(
            { convolution: 'conv1', norm: 'bn1' },
            { count: stages[0]?.width ?? 0, size: 3, pad: 1 },
          ),
          relu,
          ...stages.flatMap(({ blocks, width }, stage) =>
            Array.from({ length: blocks }, (_, block) =>
              residualBlock(`layer${stage + 1}.${block}`, width, stage > 0 && block === 0 ? 2 : 1),
            ),
          ),
          globalAverage,
          dense('fc', classes),
        ),
      }),
  };
}

const widths = [64, 128, 256, 512] as const;
const stagesOf = (...blocks: readonly [number, number, number, number]): Stage[] =>
  widths.map((width, stage) => ({ width, blocks: blocks[stage] as number }));

/** ResNet-18 for small images, 11.2 million parameters for 10 classes. */
export const resnet18 = residualNetwork('resnet-18', stagesOf(2, 2, 2, 2));

/** ResNet-34 for small images, 21.4 million parameters for 200 classes. */
export const resnet34 = residualNetwork('resnet-34', stagesOf(3, 4, 6, 3));
