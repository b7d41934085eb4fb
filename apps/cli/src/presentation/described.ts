/** An attack or a defence as its service describes it, for a terminal. */
import { describeOption } from '@theriac/game';
import type { OptionSpec } from '@theriac/game';
import { wrapped } from './table';

const width = 108;

/** A title, the summary, the source and every option with what it allows. */
export function describedText(
  described: { readonly summary: string; readonly source: string; readonly options: readonly OptionSpec[] },
  title: string,
): string {
  const options = described.options.map(
    (option) =>
      `  ${option.name}=${String(option.default)}  ${wrapped(`${option.description} (${describeOption(option)})`, width - option.name.length, '      ')}`,
  );
  return [title, `  ${wrapped(described.summary, width, '  ')}`, `  Source: ${described.source}`, ...options, ''].join(
    '\n',
  );
}
