/** Whole games through the real services, small enough for seconds. What is built is run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestDigest, parseManifest } from '@theriac/game';
import type { ResultCard } from '@theriac/game';
import { decodeSafetensors, float32Of } from '@theriac/tensors';
import { seatPlayers } from './embedded/table';
import type { Table } from './embedded/table';
import { builtCommand, withoutTimes } from './fakes/built-command';
import type { BuiltCommand } from './fakes/built-command';
import type { ExaminationDocument } from './sitting/examine';

const longest = 120_000;
let command: BuiltCommand;
/** Services that stay, for the games that need not start their own. */
let table: Table;
beforeAll(async () => {
  command = builtCommand();
  table = await seatPlayers({});
}, longest);
afterAll(async () => {
  await table.close();
  command.remove();
});
const seated = (): string[] => Object.entries(table.addresses).flatMap(([role, address]) => [`--${role}`, address]);

const digits = ['play', '--dataset', 'synthetic-digits', '--train-limit', '1000', '--model', 'lr', '--json'];
const short = ['--protocol', 'p-gc@40', '--attacker-protocol', 'p-gradpc@20'];
const canceling = ['--attack', 'gradient-canceling', '--target', 'reversed', '--option', 'iterations=100'];
const reversed = [...digits, ...canceling, ...short, '--seeds', '2'];

describe('a game with Gradient Canceling', () => {
  let card: ResultCard;
  beforeAll(() => {
    card = command.card(...reversed, '--runs-dir', 'first');
  }, longest);

  it('poisons 3% of the rows with a target within reach, and ruins the defender', () => {
    expect(card.poisonCount).toBe(30);
    expect(card.target).toMatchObject({ kind: 'reversed' });
    expect(card.target?.tau).toBeLessThan(0.03);
    expect(card.residual?.after).toBeLessThan(0.1 * (card.residual?.before ?? 0));
    const [stochastic] = card.protocols;
    expect(stochastic?.clean.mean).toBeGreaterThan(70);
    expect(stochastic?.drop.mean).toBeGreaterThan(50);
    expect(stochastic?.drop.values).toHaveLength(2);
    expect(card.constraint.violations).toEqual([]);
  });

  it('keeps everything that the card speaks of', () => {
    const path = join(command.folder, 'first', card.id);
    const manifest = parseManifest(readFileSync(join(path, 'manifest.json'), 'utf8'), 'manifest.json');
    expect(manifestDigest(manifest)).toBe(card.manifestDigest);
    const { tensors } = decodeSafetensors(command.poison('first', card.id));
    expect(Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]))).toEqual({
      x: [30, 784],
      y: [30],
      base: [30],
    });
    expect(readdirSync(join(path, 'logs')).sort()).toEqual(['attacker.log', 'evaluator.log', 'trainer.log']);
    const report = readFileSync(join(path, 'report.html'), 'utf8');
    expect(report).not.toMatch(/NaN|undefined|(src|href)="(?!data:)/);
    expect(report.match(/data:image\/png/g)?.length).toBeGreaterThanOrEqual(24);
  });

  it(
    'gives the same bytes again, and others for another seed',
    () => {
      const again = command.card(...reversed, '--runs-dir', 'second', ...seated());
      expect(withoutTimes(again)).toEqual(withoutTimes(card));
      expect(command.poison('second', again.id).equals(command.poison('first', card.id))).toBe(true);
      const other = command.card(
        ...reversed,
        '--runs-dir',
        'first',
        '--seed',
        '5',
        '--seeds',
        '1',
        '--protocol',
        'p-gc@1',
        ...seated(),
      );
      expect(command.poison('first', other.id).equals(command.poison('first', card.id))).toBe(false);
    },
    longest,
  );

  it(
    'shows a finished run instead of playing it again',
    () => {
      expect(command.card('resume', card.id, '--runs-dir', 'first', '--json')).toEqual(card);
      expect(command.card(...reversed, '--runs-dir', 'first', '--reuse', ...seated())).toEqual(card);
    },
    longest,
  );

  it(
    "tells the target's threshold again",
    () => {
      const { out } = command.run('threshold', '--run', card.id, '--runs-dir', 'first', '--json', ...seated());
      expect((JSON.parse(out) as { tau: number }).tau).toBeCloseTo(card.target?.tau ?? NaN, 6);
    },
    longest,
  );
});

it(
  'stays within the box where it is told to',
  () => {
    const card = command.card(
      ...digits,
      '--attack',
      'gradient-canceling',
      '--constraint',
      'box',
      ...short,
      '--seeds',
      '1',
      '--option',
      'iterations=5',
      ...seated(),
    );
    expect(card.constraint).toMatchObject({ kind: 'box', violations: [] });
    const x = decodeSafetensors(command.poison('runs', card.id)).tensors.find(({ name }) => name === 'x');
    const values = x === undefined ? [] : [...float32Of(x)];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  },
  longest,
);

it(
  'crafts against the trainer the poison that it crafts by itself',
  () => {
    const tgda = [
      '--attack',
      'tgda',
      '--option',
      'parametrisation=direct',
      '--option',
      'epochs=2',
      '--constraint',
      'box',
    ];
    const game = [...digits, ...tgda, '--protocol', 'p-tgda@5', '--seeds', '1', ...seated()];
    const valuesOf = ({ id }: ResultCard): Float32Array => {
      const x = decodeSafetensors(command.poison('runs', id)).tensors.find(({ name }) => name === 'x');
      return float32Of(x as NonNullable<typeof x>);
    };
    const local = command.card(...game);
    const remote = command.card(...game, '--follower', 'remote');
    expect(remote.id).not.toBe(local.id);
    const [own, theirs] = [valuesOf(local), valuesOf(remote)];
    expect(Math.max(...own.map((value, k) => Math.abs(value - (theirs[k] as number))))).toBeLessThan(1e-3);
    expect(command.card('resume', remote.id, '--json')).toEqual(remote);
  },
  longest,
);

it(
  'trains only at fraction 0',
  () => {
    const card = command.card(
      'play',
      '--dataset',
      'gaussians',
      '--model',
      'lr',
      '--poison-fraction',
      '0',
      '--protocol',
      'p-gc,converged',
      '--json',
      ...seated(),
    );
    expect(card).toMatchObject({ attack: 'none', poisonCount: 0 });
    expect(card.protocols.map(({ drop }) => drop.values)).toEqual([[0, 0, 0], [0]]);
    expect(card.protocols[1]?.gradientNorm.max).toBeLessThan(1e-4);
    expect(card.protocols[0]?.clean.mean).toBeGreaterThan(90);
  },
  longest,
);

it.each<[string, string[], RegExp]>([
  ['model', ['--model', 'resnet'], /--model is "resnet"; allowed: lr/],
  ['attack', ['--model', 'lr', '--attack', 'tgdaa'], /--attack is "tgdaa"; allowed: label-flip, .*gradient-canceling/],
  ['option', ['--model', 'lr', '--attack', 'label-flip', '--option', 'size=3'], /label-flip is "size"; allowed: /],
  ['protocol', ['--model', 'lr', '--attack', 'label-flip', '--protocol', 'p-x'], /--protocol is "p-x"; allowed: p-gc/],
])(
  'refuses an unknown %s by what the services offer',
  (_, args, message) => {
    const { code, out, err } = command.run(
      'play',
      '--dataset',
      'gaussians',
      '--attack',
      'label-flip',
      ...args,
      '--json',
      ...seated(),
    );
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  },
  longest,
);

it(
  'corrupts parameters at exactly the radius asked for',
  () => {
    const { out } = command.run(
      'corrupt',
      '--dataset',
      'synthetic-digits',
      '--train-limit',
      '1000',
      '--model',
      'lr',
      '--epsilon-w',
      '0.5',
      '--json',
      ...seated(),
    );
    const found = JSON.parse(out) as {
      distance: number;
      clean: number;
      corrupted: number;
      tau: number;
      reported: unknown;
    };
    expect(Math.abs(found.distance - 0.5)).toBeLessThan(1e-5);
    expect(found.corrupted).toBeLessThan(found.clean - 10);
    expect(found.tau).toBeGreaterThan(0);
    expect(found.reported).toBeNull();
  },
  longest,
);

describe('the threshold of a target', () => {
  const examined = (...args: string[]) => {
    const game = [
      '--dataset',
      'synthetic-digits',
      '--train-limit',
      '1000',
      '--model',
      'lr',
      '--epsilon-w',
      '1',
      '--json',
    ];
    const { out, err } = command.run('threshold', ...game, ...args, ...seated());
    if (out === '') throw new Error(err);
    return JSON.parse(out) as ExaminationDocument;
  };
  let whole: ExaminationDocument;
  let scaled: ExaminationDocument;
  beforeAll(() => {
    whole = examined('--target', 'gradpc', '--poison-fraction', '0.1');
    scaled = examined('--target', 'scaled', '--poison-fraction', '0.1');
  }, longest);

  it('comes to the same by the entropies and by the gradient', () => {
    const { tau, threshold } = whole;
    expect(threshold.gradientInnerProduct).toBeCloseTo(threshold.crossEntropy - threshold.entropy, 3);
    expect(tau).toBeCloseTo((threshold.crossEntropy - threshold.entropy) / 1.101003, 3);
    expect(tau).toBeGreaterThan(0.1);
  });

  it('is brought within reach by a scale that changes no prediction', () => {
    expect(whole.reachable).toEqual(scaled.reachable);
    expect(scaled.scale).toBe(scaled.reachable.scale);
    expect(scaled.tau).toBeLessThanOrEqual(0.1);
    expect(scaled.tau).toBeGreaterThan(0.099);
    expect(scaled.accuracy).toBe(whole.accuracy);
    expect(scaled.lastLayerNorm).toBeCloseTo(scaled.scale * whole.lastLayerNorm, 6);
  });

  it('bounds the residual from below exactly where it is out of reach', () => {
    const { threshold, lastLayerNorm, lowerBound } = whole;
    expect(lowerBound).toBeCloseTo((threshold.innerProduct - 0.1 * threshold.constant) / lastLayerNorm, 9);
    expect(lowerBound).toBeGreaterThan(0);
    expect(scaled.lowerBound).toBe(0);
  });
});
