/** What a PromQL expression asks for. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Asked {
  /** Names of series, each with the labels that its matchers name. */
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  /** Labels by which it groups or joins. */
  readonly grouped: readonly string[];
}

/** Reads an expression; Grafana's variables stand for what they may be. Throws SyntaxError with the place of what is wrong. */
export function readPromql(expression: string): Asked {
  const text = expression.replace(/\$__(rate_interval|interval|range)/g, '5m').replace(/\$\w+/g, 'any');
  const selectors: { metric: string; labels: string[] }[] = [];
  const grouped: string[] = [];
  const said = ({ from, to }: { readonly from: number; readonly to: number }): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter({ node }) {
      if (node.type.isError) throw new SyntaxError(`${text}\n${' '.repeat(node.from)}^`);
      if (node.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
        const labels = matchers.flatMap((matcher) => matcher.getChildren('LabelName').map(said));
        selectors.push({ metric: name ? said(name) : '', labels });
      }
      if (node.name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(said));
    },
  });
  return { selectors, grouped };
}
