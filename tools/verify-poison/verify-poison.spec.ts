import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NamedArray } from '@theriac/tensors';
import { decodeSafetensors, encodeSafetensors } from '@theriac/tensors';
import { sha256Hex } from '@theriac/game';
import { builtCommand } from '../../apps/cli/src/fakes/built-command';

const python = process.env['THERIAC_PYTHON'] ?? 'python3';
const hasNumpy = spawnSync(python, ['-c', 'import numpy']).status === 0;

/** 480 images of 8 x 8 pixels in three classes, which overlap. */
const makeData = `
import numpy as np, sys
r = np.random.default_rng(5)
y = np.arange(480) % 3
shapes = r.uniform(60, 190, (3, 8, 8))
x = np.clip(shapes[y] + r.normal(0, 60, (480, 8, 8)), 0, 255).astype(np.uint8)
np.savez(sys.argv[1], x=x, y=y)
`;

interface Spread {
  mean: number;
  values: number[];
}
interface Card {
  protocols: { clean: Spread; poisoned: Spread; drop: Spread }[];
}

if (!hasNumpy) {
  test('the verifier is Python with numpy, which is not here', () => {
    process.stderr.write(`notice: tools/verify-poison is not run: ${python} lacks numpy (pip install numpy)\n`);
    expect(existsSync(path.join(__dirname, '__main__.py'))).toBe(true);
  });
} else {
  describe('tools/verify-poison', () => {
    const command = builtCommand();
    const data = path.join(command.folder, 'data.npz');
    let [gradientCanceling, labelFlip] = ['', ''];
    let copies = 0;
    afterAll(() => command.remove());

    beforeAll(() => {
      execFileSync(python, ['-c', makeData, data]);
      const played = (...args: string[]): string => {
        const runs = `runs-${args[3]}`;
        const game = ['--dataset', `path:${data}`, '--seeds', '2', '--attacker-protocol', 'stable-sgd'];
        const { code, err } = command.run('play', ...game, ...args, '--runs-dir', runs, '--json', '--quiet');
        if (code !== 0) throw new Error(err);
        const [name] = readdirSync(path.join(command.folder, runs)).filter((each) => each.startsWith('data'));
        return path.join(command.folder, runs, name as string);
      };
      gradientCanceling = played(
        ...['--model', 'lr', '--attack', 'gradient-canceling', '--target', 'reversed', '--poison-fraction', '0.1'],
        ...['--constraint', 'linf-ball', '--radius', '0.5', '--protocol', 'p-gc@40', '--protocol', 'converged'],
      );
      labelFlip = played(
        ...[
          '--model',
          'nn-gc',
          '--attack',
          'label-flip',
          '--poison-fraction',
          '0.3',
          '--constraint',
          'sphere:quantile=1',
        ],
        ...['--protocol', 'p-tgda@20', '--protocol', 'adam@5'],
      );
    }, 200_000);

    function verify(run: string, ...options: string[]): { code: number | null; out: string; failed: string[] } {
      const { status, stdout, stderr } = spawnSync(python, [__dirname, run, ...options], {
        encoding: 'utf8',
        env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
      });
      if (stderr !== '') throw new Error(stderr);
      return { code: status, out: stdout, failed: stdout.split('\n').filter((line) => line.startsWith('FAILED')) };
    }

    /** A copy of the run that `change` tampers with. */
    function tampered(run: string, change: (copy: string) => void): string {
      const copy = path.join(command.folder, `tampered-${++copies}`);
      cpSync(run, copy, { recursive: true });
      change(copy);
      return copy;
    }

    function editJson<T>(copy: string, name: string, edit: (value: T) => void): void {
      const file = path.join(copy, name);
      const value = JSON.parse(readFileSync(file, 'utf8')) as T;
      edit(value);
      writeFileSync(file, JSON.stringify(value));
    }

    /** Other poison, with a record and digests that fit it. */
    function forgePoison(copy: string, forge: (tensors: readonly NamedArray[]) => NamedArray[]): void {
      const file = path.join(copy, 'poison.safetensors');
      const tensors = forge(decodeSafetensors(readFileSync(file)).tensors);
      const bytes = encodeSafetensors(tensors);
      writeFileSync(file, bytes);
      const integers = (name: string): number[] => {
        const { bytes: raw } = tensors.find((each) => each.name === name) as NamedArray;
        return [...new Int32Array(Uint8Array.from(raw).buffer)];
      };
      editJson<Record<string, unknown>>(copy, 'poison.json', (record) => {
        record['file'] = { file: 'poison.safetensors', sha256: sha256Hex(bytes), size: bytes.byteLength };
        record['count'] = integers('y').length;
        [record['labels'], record['baseIndices']] = [integers('y'), integers('base')];
      });
      const count = integers('y').length;
      editJson<Record<string, unknown>>(copy, 'card.json', (card) => (card['poisonCount'] = count));
    }

    const withPixel = (value: (old: number) => number) => (tensors: readonly NamedArray[]) =>
      tensors.map((tensor) => {
        if (tensor.name !== 'x') return tensor;
        const bytes = Uint8Array.from(tensor.bytes);
        const view = new DataView(bytes.buffer);
        view.setFloat32(4 * 70, value(view.getFloat32(4 * 70, true)), true);
        return { ...tensor, bytes };
      });

    it('finds everything in order in a run as it was written, and trains the same defenders', () => {
      const { code, out } = verify(gradientCanceling);
      expect(out).toMatch(/^ok +Gamma: linf-ball/m);
      expect(out).toMatch(/^ok +identity <w, g\(mu; w\)> = CE - H/m);
      expect(out).toMatch(/^ok +retraining by p-gc@40, drop/m);
      expect(out).not.toMatch(/^FAILED/m);
      // Of the converged defenders it says how small their gradients are, or that they were not trained again.
      expect([0, 3]).toContain(code);
    });

    it('does so for a network, and with initialisations and orders of its own', () => {
      expect(verify(labelFlip)).toMatchObject({ code: 0, failed: [] });
      expect(verify(labelFlip, '--own-randomness', '3')).toMatchObject({ code: 0, failed: [] });
    }, 60_000);

    it('catches a pixel that was changed, by its effect where the digest was changed with it', () => {
      const flipped = tampered(gradientCanceling, (copy) => {
        const file = path.join(copy, 'poison.safetensors');
        const bytes = readFileSync(file);
        bytes[bytes.length - 2000]! ^= 64;
        writeFileSync(file, bytes);
      });
      expect(verify(flipped, '--no-retraining')).toMatchObject({
        code: 1,
        failed: expect.arrayContaining([expect.stringContaining('digest of poison.safetensors')]),
      });
      const forged = tampered(gradientCanceling, (copy) =>
        forgePoison(
          copy,
          withPixel((old) => Math.abs(old - 0.2)),
        ),
      );
      const { code, failed } = verify(forged, '--no-retraining');
      expect(code).toBe(1);
      expect(failed.join('\n')).toMatch(/norm of the gradient, poisoned p-gc@40|residual \|\|g/);
    });

    it('catches a row outside of Gamma, and one that is missing', () => {
      const outside = tampered(gradientCanceling, (copy) =>
        forgePoison(
          copy,
          withPixel(() => 1.5),
        ),
      );
      expect(verify(outside, '--no-retraining').failed.join('\n')).toMatch(/Gamma: linf-ball[^]*Gamma: box/);
      const shorter = tampered(labelFlip, (copy) =>
        forgePoison(copy, (tensors) =>
          tensors.map((tensor) => {
            const [count = 0, ...rest] = tensor.shape;
            const bytes = Uint8Array.from(tensor.bytes.subarray(0, (tensor.bytes.byteLength / count) * (count - 1)));
            return { ...tensor, shape: [count - 1, ...rest], bytes };
          }),
        ),
      );
      expect(verify(shorter, '--no-retraining').failed.join('\n')).toMatch(/count: floor/);
    });

    it('catches a row outside of the sphere of its class', () => {
      const far = tampered(labelFlip, (copy) =>
        forgePoison(copy, (tensors) =>
          tensors.map((tensor) => {
            if (tensor.name !== 'x') return tensor;
            const values = new Float32Array(Uint8Array.from(tensor.bytes).buffer).map((value, i) =>
              i < 64 ? 3 - value : value,
            );
            return { ...tensor, bytes: new Uint8Array(values.buffer) };
          }),
        ),
      );
      expect(verify(far, '--no-retraining').failed.join('\n')).toMatch(/Gamma: sphere/);
    });

    it('catches an edited figure by arithmetic, and figures edited together by training again', () => {
      const one = tampered(labelFlip, (copy) =>
        editJson<Card>(copy, 'card.json', ({ protocols }) => (protocols[0]!.drop.mean += 1)),
      );
      expect(verify(one, '--no-retraining').failed).toEqual([expect.stringContaining('arithmetic of p-tgda@20')]);
      const all = tampered(gradientCanceling, (copy) =>
        editJson<Card>(copy, 'card.json', ({ protocols: [first] }) => {
          for (const [spread, by] of [[first!.poisoned, -6] as const, [first!.drop, 6] as const]) {
            spread.mean += by;
            spread.values = spread.values.map((value) => value + by);
          }
        }),
      );
      const { failed } = verify(all, '--protocol', 'p-gc@40');
      expect(failed.every((line) => line.includes('retraining by p-gc@40'))).toBe(true);
      expect(failed.join('\n')).toMatch(/drop/);
    });

    it('catches parameters that were exchanged, another manifest, other data and a torn file', () => {
      const exchanged = tampered(gradientCanceling, (copy) => {
        const of = (which: string) => path.join(copy, `parameters-${which}-p-gc@40-1.safetensors`);
        renameSync(of('clean'), of('aside'));
        renameSync(of('poisoned'), of('clean'));
        renameSync(of('aside'), of('poisoned'));
      });
      expect(verify(exchanged, '--no-retraining').failed.join('\n')).toMatch(/norm of the gradient, clean p-gc@40/);
      const another = tampered(labelFlip, (copy) => {
        const file = path.join(copy, 'manifest.json');
        writeFileSync(file, readFileSync(file, 'utf8').replace('"attackSeed": 0', '"attackSeed": 1'));
      });
      expect(verify(another, '--no-retraining').failed.join('\n')).toMatch(/digest of manifest.json/);
      const torn = tampered(labelFlip, (copy) => truncateSync(path.join(copy, 'poison.safetensors'), 500));
      expect(verify(torn, '--no-retraining')).toMatchObject({ code: 1 });
      const bytes = readFileSync(data);
      bytes[bytes.length - 30_000]! ^= 1;
      writeFileSync(data, bytes);
      expect(verify(labelFlip, '--no-retraining').code).toBe(1);
    });
  });
}
