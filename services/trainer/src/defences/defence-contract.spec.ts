/** What every sanitiser of the registry must keep, whatever its mathematics. */
import { joinedRows, parseDefences, parseOptions, rowsBetween, selectedRows } from '@theriac/game';
import type { RowData, Rows } from '@theriac/game';
import { randomStream } from '@theriac/tensors';
import { liveTensors, startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { sanitisers } from './registry';
import { sanitise } from './sanitising';
import type { Sanitisation } from './sanitising';

const [clean, poison, classes, features] = [150, 12, 3, 12];

/** Options under which a defence has something to tell apart on twelve features. */
const quick: Readonly<Record<string, string>> = { svd: 'energy=0.5' };

beforeAll(async () => {
  await startBackend();
});

const toy = toyGameOnce();

/** A game with poison: rows of no class's shape, with any label. */
function toyGameOnce() {
  let made: { game: ReturnType<typeof toyGame>; chi: RowData } | undefined;
  return () => {
    if (made !== undefined) return made;
    const game = toyGame({ features, classes, clean, poison });
    const random = randomStream(5, 'poison');
    const nu: Rows = {
      x: Float32Array.from({ length: poison * features }, () => 3 * random.normal()),
      y: Int32Array.from({ length: poison }, (_, j) => j % classes),
      count: poison,
      features,
    };
    made = { game, chi: joinedRows(game.clean, nu) };
    return made;
  };
}

function run(id: string, options: string, change: Partial<Sanitisation> = {}): Promise<Int32Array> {
  const { game, chi } = toy();
  const sanitiser = sanitisers.find((candidate) => candidate.id === id)!;
  const [choice] = parseDefences([id, quick[id], options].filter(Boolean).join(':'), sanitisers);
  return sanitise({
    sanitiser,
    choice: choice!,
    chi,
    removed: new Int32Array(0),
    trusted: rowsBetween(game.clean, 0, 0),
    model: game.model,
    oracles: game.oracles,
    fitted: sanitiser.fits ? game.wClean : new Float32Array(0),
    pause: async () => {},
    ...change,
  });
}

describe.each(sanitisers.map(({ id }) => id))('sanitiser %s', (id) => {
  const sanitiser = sanitisers.find((candidate) => candidate.id === id)!;

  it('says what it is, where it comes from and what its options mean', () => {
    expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(sanitiser.kind).toBe('sanitiser');
    expect(sanitiser.summary).toMatch(/\S.*\.$/);
    expect(sanitiser.source).toMatch(/\b20\d{2}\b/);
    for (const { description } of sanitiser.options) expect(description).toMatch(/\S.*\.$/);
    const values = parseOptions(sanitiser.options, {}, id);
    expect(values['share']).toBe(0.05);
    // A chain is written with ":", "," and "=".
    for (const value of Object.values(values)) expect(String(value)).not.toMatch(/[:,=]/);
  });

  it.each([0, 0.05, 0.13, 0.5])('leaves out floor(%s n_y) rows of each class y, ascending', async (share) => {
    const { chi } = toy();
    const removed = await run(id, `share=${share}`);
    expect([...removed]).toEqual([...new Set(removed)].sort((a, b) => a - b));
    for (let y = 0; y < classes; y++) {
      const of = [...chi.y].filter((label) => label === y).length;
      expect([...removed].filter((row) => chi.y[row] === y)).toHaveLength(Math.floor(share * of));
    }
  });

  it('is deterministic', async () => {
    expect(await run(id, 'share=0.1')).toEqual(await run(id, 'share=0.1'));
  });

  it('sees no flags and no order: rows in another order are the same rows left out', async () => {
    const { chi } = toy();
    const order = randomStream(9, 'order').permutation(chi.count);
    const removed = await run(id, 'share=0.1', { chi: selectedRows(chi, order) });
    const back = removed.map((row) => order[row]!).sort();
    expect(back).toEqual(await run(id, 'share=0.1'));
  });

  it('finds among rows without any shape what lies far from all of them', async () => {
    const { chi } = toy();
    const removed = await run(id, 'share=0.1');
    const found = [...removed].filter((row) => row >= clean).length;
    const byChance = (poison * removed.length) / chi.count;
    expect(found).toBeGreaterThan(3 * byChance);
  });

  it('goes on where another has left out rows, and counts classes anew', async () => {
    const before = Int32Array.from([0, 7, 8, 151]);
    const removed = await run(id, 'share=0.1', { removed: before });
    expect([...removed]).toEqual(expect.arrayContaining([...before]));
    expect(await run(id, 'share=0', { removed: before })).toEqual(before);
  });

  it('refuses to empty a class', async () => {
    await expect(run(id, 'share=1')).rejects.toMatchObject({
      detail: {
        code: 'FAILED_PRECONDITION',
        field: 'defence',
        found: expect.stringMatching(/all \d+ rows of class 0/) as string,
      },
    });
  });

  it('refuses rows that it cannot judge', async () => {
    const { game, chi } = toy();
    const endless: Rows = { x: new Float32Array(features).fill(3e38), y: Int32Array.of(1), count: 1, features };
    const call = run(id, 'share=0.1', {
      chi: joinedRows(chi, endless),
      fitted: game.wClean.map((value) => 1e9 * value),
    });
    // Distances in 64 bits are numbers whatever the row.
    if (['l2', 'slab', 'knn'].includes(id)) expect([...(await call)]).toContain(chi.count);
    else await expect(call).rejects.toMatchObject({ detail: { code: 'FAILED_PRECONDITION', field: 'defence' } });
  });

  it('stops at its next block when the call is cancelled', async () => {
    await expect(run(id, '', { pause: () => Promise.reject(new Error('enough')) })).rejects.toThrow('enough');
  });

  it('leaves no tensor behind', async () => {
    await run(id, '');
    const before = liveTensors();
    await run(id, 'share=0.2');
    expect(liveTensors()).toBe(before);
  });

  if (sanitiser.options.some(({ name }) => name === 'centroids')) {
    it('takes trusted centroids from the held-out rows, of every class', async () => {
      const { game } = toy();
      const trusted = await run(id, 'centroids=trusted:share=0.1', { trusted: game.validation });
      const found = [...trusted].filter((row) => row >= clean).length;
      expect(found).toBeGreaterThanOrEqual(poison / 2);
      for (const none of [rowsBetween(game.clean, 0, 0), selectedRows(game.clean, Int32Array.of(0))])
        await expect(run(id, 'centroids=trusted', { trusted: none })).rejects.toMatchObject({
          detail: { code: 'FAILED_PRECONDITION', field: 'defence' },
        });
    });
  }
});

describe('k-NN', () => {
  it('refuses a k larger than the set', async () => {
    await expect(run('knn', 'k=163')).rejects.toMatchObject({
      detail: { code: 'INVALID_ARGUMENT', field: 'defence', allowed: expect.stringContaining('162') as string },
    });
    expect((await run('knn', 'k=162')).length).toBeGreaterThan(0);
  });
});
