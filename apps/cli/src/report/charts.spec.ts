import { barChart } from './bar-chart';
import { confusionChart } from './confusion-chart';
import { escape } from './html';
import { lineChart } from './line-chart';

/** Every number of an attribute, in order. */
const numbers = (svg: string, pattern: RegExp): number[] => [...svg.matchAll(pattern)].map((match) => Number(match[1]));

it('escapes what could be markup', () => {
  expect(escape(`<a href="x">'&`)).toBe('&#60;a href=&#34;x&#34;&#62;&#39;&#38;');
});

describe('lineChart', () => {
  const chart = lineChart({
    title: 'accuracy',
    xLabel: 'epoch',
    yLabel: '%',
    yDomain: [0, 100],
    series: [
      { name: 'clean <1>', kind: 'clean', points: [1, 2, 3].map((x) => ({ x, y: 30 * x, low: 20 * x, high: 31 * x })) },
    ],
  });

  it('draws higher values higher, later ones further right, and a band around', () => {
    const line = /polyline[^>]*points="([^"]*)"/.exec(chart)?.[1] ?? '';
    const points = line.split(' ').map((pair) => pair.split(',').map(Number));
    expect(points).toHaveLength(3);
    expect(points.map(([x]) => x)).toEqual([...points.map(([x]) => x)].sort((a = 0, b = 0) => a - b));
    expect(points.map(([, y]) => y)).toEqual([...points.map(([, y]) => y)].sort((a = 0, b = 0) => b - a));
    expect(chart).toContain('<polygon class="band clean-fill"');
  });

  it('tells dashed lines from others, in the legend too', () => {
    const points = [
      { x: 0, y: 1 },
      { x: 1, y: 2 },
    ];
    const two = lineChart({
      title: 'two',
      xLabel: 'x',
      yLabel: 'y',
      series: [
        { name: 'plain', kind: 'clean', points },
        { name: 'broken', kind: 'clean', points, dashed: true },
      ],
    });
    expect(two.match(/<polyline class="line clean dash"/g)).toHaveLength(1);
    expect(two).toMatch(/<i class="dash"[^>]*><\/i>broken/);
    expect(two).not.toMatch(/<i class="dash"[^>]*><\/i>plain/);
  });

  it('labels its axes and escapes names', () => {
    expect(chart).toContain('>epoch</text>');
    expect(chart).toContain('clean &#60;1&#62;');
    expect(chart).not.toContain('NaN');
  });
});

describe('barChart', () => {
  it('has bars in proportion to the values', () => {
    const svg = barChart('drops', [
      { name: 'a', value: 80, text: '80', kind: 'poison' },
      { name: 'b', value: 20, text: '20', kind: 'paper' },
    ]);
    const [first = 0, second = 1] = numbers(svg, /width="([\d.]+)" height="18"/g);
    expect(first / second).toBeCloseTo(4, 1);
  });

  it('draws zero and negative values without NaN, also over decades', () => {
    const bars = [3.5, 3e-8, 0].map((value) => ({ name: 'r', value, text: String(value), kind: 'soft' as const }));
    expect(barChart('residual', bars, { log: true })).not.toMatch(/NaN|Infinity/);
    expect(barChart('drop', [{ name: 'n', value: -0.4, text: '-0.40', kind: 'poison' }])).not.toMatch(/NaN|Infinity/);
  });
});

it('shades a confusion matrix by the share of the row', () => {
  const svg = confusionChart(
    'before',
    [
      [9, 1],
      [0, 4],
    ],
    ['zero', 'one'],
  );
  expect(svg).toContain('true zero, predicted one: 1 (10.0%)');
  expect(svg).toContain('true one, predicted one: 4 (100.0%)');
});
