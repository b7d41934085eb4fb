import type { Layer, LayerOf } from './layer';

/** One layer after another: (f_n o ... o f_1)(x). */
export function chain(...parts: readonly LayerOf[]): LayerOf {
  return (input) => {
    const layers: Layer[] = [];
    for (const part of parts) layers.push(part(layers.at(-1)?.shape ?? input));
    return {
      shape: layers.at(-1)?.shape ?? input,
      parameters: layers.flatMap(({ parameters }) => parameters),
      statistics: layers.flatMap(({ statistics }) => statistics),
      dropout: layers.flatMap(({ dropout }) => dropout),
      activations: layers.reduce((sum, { activations }) => sum + activations, 0),
      forward: (x, pass) => layers.reduce((h, layer) => layer.forward(h, pass), x),
    };
  };
}
