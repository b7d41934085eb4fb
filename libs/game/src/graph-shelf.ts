/** Compiled graphs by name: made when they are first asked for, the one used longest ago given up for a new one. */
import { compile } from '@theriac/tensors/engine';
import type { Compiled, tf } from '@theriac/tensors/engine';

export interface GraphShelf {
  /** The graph called `key`, of `f` for inputs like these. It stays the shelf's: valid until the next call. */
  graph(key: string, f: (...inputs: tf.Tensor[]) => tf.Tensor[], inputs: readonly tf.Tensor[]): Compiled;
  /** Frees all graphs; the shelf can be used again. */
  dispose(): void;
}

/** A shelf of at most `most` graphs. The caller disposes. */
export function graphShelf(most: number): GraphShelf {
  const graphs = new Map<string, Compiled>();
  return {
    graph(key, f, inputs) {
      const graph = graphs.get(key) ?? compile(f, inputs);
      graphs.delete(key);
      graphs.set(key, graph);
      for (const [oldest, stale] of graphs) {
        if (graphs.size <= most) break;
        stale.dispose();
        graphs.delete(oldest);
      }
      return graph;
    },
    dispose() {
      for (const graph of graphs.values()) graph.dispose();
      graphs.clear();
    },
  };
}
