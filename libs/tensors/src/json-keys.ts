/**
 * The first key that an object of a JSON text names twice, at any depth, or undefined; the text must be valid JSON.
 * JSON.parse keeps the last of two equal keys without a word.
 */
export function duplicateKeyOf(json: string): string | undefined {
  const open: (Set<string> | null)[] = []; // keys of each enclosing object; null for an array
  let at = 0;
  while (at < json.length) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(null);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const end = endOfString(json, at);
      const keys = open.at(-1);
      if (keys && isFollowedByColon(json, end)) {
        const key = JSON.parse(json.slice(at, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      at = end;
      continue;
    }
    at++;
  }
  return undefined;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isFollowedByColon(json: string, at: number): boolean {
  while (/\s/.test(json[at] ?? '')) at++;
  return json[at] === ':';
}
