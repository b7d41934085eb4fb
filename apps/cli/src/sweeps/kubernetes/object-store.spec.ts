import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3 } from '../../fakes/s3-server';
import type { S3Server } from '../../fakes/s3-server';
import { emptyCard } from '../../fakes/kubernetes/stub-node';
import { parsePlan } from '../plan-file';
import { isSwept, readSwept } from '../sweep-store';
import { cardsInStore } from './cards';
import { openObjectStore } from './object-store';
import type { ObjectStore } from './object-store';
import { parseRunStore } from './run-store';
import type { RunStore } from './run-store';

const key = 'THEKEYOFTHISTEST';
const secret = 'a-secret-that-nobody-may-see';
const plan = parsePlan('game: { dataset: synthetic-digits, model: lr }\ngrid: { seed: [0, 1, 2, 3, 4] }', 'plan.yaml', [
  'synthetic-digits',
]);
const swept = (index: number) =>
  ({ version: 1, digest: plan.gameAt(index).digest, run: `run-${index}`, card: emptyCard(index) }) as const;

let s3: S3Server;
let folder: string;
let before: NodeJS.ProcessEnv;
const open: ObjectStore[] = [];
async function store(place = 's3://bucket/a/b'): Promise<ObjectStore> {
  const opened = await openObjectStore(parseRunStore(place) as RunStore & { kind: 's3' });
  open.push(opened);
  return opened;
}
beforeEach(async () => {
  before = { ...process.env };
  s3 = await startS3('bucket', key);
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_ENDPOINT_URL_S3: s3.url });
  folder = mkdtempSync(join(tmpdir(), 'theriac-store-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await s3.close();
  rmSync(folder, { recursive: true });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, before);
});

function aRun(index: number): void {
  mkdirSync(join(folder, `run-${index}`, 'logs'), { recursive: true });
  for (const name of ['card.json', 'logs/trainer.log', 'lock-1', 'poison.safetensors.1.tmp', 'empty'])
    writeFileSync(join(folder, `run-${index}`, name), name === 'empty' ? '' : `${name} of ${index}`);
}

it('keeps a run without what passes with its driver, its card last, and finds it again from anywhere', async () => {
  const kept = await store();
  for (const index of [0, 1, 2]) {
    aRun(index);
    await kept.keep(folder, swept(index));
  }
  const keys = [...s3.objects.keys()];
  expect(
    keys
      .slice(0, 4)
      .map((each) => each.slice('bucket/a/b/'.length))
      .sort(),
  ).toEqual([`.sweeps/${swept(0).digest}.json`, 'run-0/card.json', 'run-0/empty', 'run-0/logs/trainer.log'].sort());
  expect(keys[3]).toContain('.sweeps');
  expect(s3.objects.get('bucket/a/b/run-1/card.json')?.toString()).toBe('card.json of 1');

  const elsewhere = join(folder, 'elsewhere');
  const cards = cardsInStore({ plan, runsDir: elsewhere }, await store());
  await cards.bring();
  expect([0, 1, 2, 3].map((index) => isSwept(elsewhere, swept(index).digest))).toEqual([true, true, true, false]);
  expect(readSwept(elsewhere, swept(2).digest)).toEqual(swept(2));
  expect(await cards.of(3, 'a-pod')).toBeUndefined();
  expect(s3.faults).toEqual([]);
});

it('refuses what stands in the place of a card', async () => {
  s3.objects.set(`bucket/a/b/.sweeps/${swept(0).digest}.json`, Buffer.from(JSON.stringify(swept(1))));
  await expect((await store()).card(swept(0).digest)).rejects.toThrow(/is not a game of a sweep/);
});

it.each<[string, string, NodeJS.ProcessEnv, RegExp]>([
  ['a bucket that is not there', 's3://other', {}, /^listing s3:\/\/other failed; found: NoSuchBucket, status 404/],
  ['a key that is unknown', 's3://bucket', { AWS_ACCESS_KEY_ID: 'OTHER' }, /InvalidAccessKeyId, status 403/],
  [
    'a store that is not there',
    's3://bucket',
    { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1', AWS_MAX_ATTEMPTS: '1' },
    /ECONNREFUSED.*AWS_ENDPOINT_URL_S3/,
  ],
])('says in one line that there is %s, without the keys', async (_, place, environment, words) => {
  Object.assign(process.env, environment);
  const digests = (await store(place)).digests();
  const error = await digests.next().then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error?.message).toMatch(words);
  expect(error?.message).not.toMatch(/\n|THEKEY|OTHER|a-secret/);
});

it('writes no key into anything that it stores', async () => {
  aRun(0);
  await (await store()).keep(folder, swept(0));
  const all = [...s3.objects].map(([name, content]) => `${name} ${content.toString()}`).join('\n');
  expect(all).toContain(readFileSync(join(folder, 'run-0', 'card.json'), 'utf8'));
  expect(all).not.toMatch(new RegExp(`${key}|${secret}`));
});
