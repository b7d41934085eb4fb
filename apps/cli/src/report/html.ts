/** Small pieces of HTML. Everything that comes from data goes through `escape`. */

/** Text made safe for HTML, attributes included. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function section(title: string, body: string, note = ''): string {
  if (body === '') return '';
  const under = note === '' ? '' : `<p class="note">${note}</p>`;
  return `<section><h2>${escape(title)}</h2>${under}${body}</section>`;
}

/** A table; the first column holds words, the others figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (tag: 'th' | 'td', text: string, index: number): string =>
    `<${tag}${index === 0 ? '' : ' class="figure"'}>${escape(text)}</${tag}>`;
  const line = (tag: 'th' | 'td', cells: readonly string[]): string =>
    `<tr>${cells.map((text, index) => cell(tag, text, index)).join('')}</tr>`;
  const body = rows.map((row) => line('td', row)).join('');
  return `<div class="scroll"><table><thead>${line('th', head)}</thead><tbody>${body}</tbody></table></div>`;
}

/** Names and values, two columns. */
export function facts(entries: readonly (readonly [string, string])[]): string {
  const rows = entries.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`);
  return `<dl>${rows.join('')}</dl>`;
}
