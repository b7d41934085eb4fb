import { createSweepProgress } from './sweep-progress';

function watched(isTTY: boolean, options: { quiet?: boolean; json?: boolean } = {}) {
  let text = '';
  let seconds = 0;
  const stream = { isTTY, write: (more: string | Uint8Array) => ((text += more.toString()), true) };
  const progress = createSweepProgress({ ...options, stream }, 4, () => seconds);
  return { progress, text: () => text, at: (second: number) => (seconds = second) };
}

function playSome({ progress, at }: ReturnType<typeof watched>): void {
  progress.note('four games');
  progress.pods(2, 1);
  at(10);
  progress.played('game 0 played');
  progress.failed();
  progress.pods(1, 1);
  at(30);
  progress.played('game 2 played');
  progress.end();
}

it('says a line for each game elsewhere, with pods and the time left', () => {
  const all = watched(false);
  playSome(all);
  expect(all.text().trim().split('\n')).toEqual([
    'four games',
    '[1/4] game 0 played; 2 playing, 1 waiting, about 30.0 s left',
    '[3/4] game 2 played; 1 playing, 1 waiting, 1 failed, about 10.0 s left',
  ]);
});

it('keeps a table in its place on a terminal, below the lines that stay', () => {
  const all = watched(true);
  playSome(all);
  const screen = onScreen(all.text());
  expect(screen).toEqual(['four games', 'game 0 played', 'game 2 played']);
  const before = watched(true);
  before.progress.note('four games');
  before.progress.pods(2, 1);
  expect(onScreen(before.text())).toEqual([
    'four games',
    'to play  played  playing  waiting  failed  left',
    '-------  ------  -------  -------  ------  ----',
    '      4       0        2        1       0',
  ]);
});

it.each([{ quiet: true }, { json: true }])('says nothing with %j', (options) => {
  const all = watched(false, options);
  playSome(all);
  expect(all.text()).toBe('');
});

/** What a terminal shows in the end: the cursor goes up, and what is below is erased. */
function onScreen(text: string): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(\u001b\[\d+A\u001b\[J)/)) {
    const up = /(\d+)A/.exec(part.startsWith('\u001b') ? part : '')?.[1];
    if (up !== undefined) lines.length -= Number(up);
    else if (part !== '') lines.push(...part.replace(/\n$/, '').split('\n'));
  }
  return lines;
}
