/** Runs and cards of a sweep in S3-compatible storage. Keys, region and endpoint come from the environment, as every client of S3 reads them. */
import { createReadStream, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { TheriacError } from '@theriac/tensors';
import { parseSwept } from '../sweep-store';
import type { SweptGame } from '../sweep-store';
import type { RunStore } from './run-store';

export interface ObjectStore {
  /** Digests of the games whose cards are there. */
  digests(): AsyncGenerator<string, void, undefined>;
  /** Throws DATA_LOSS for another object in its place. */
  card(digest: string): Promise<SweptGame | undefined>;
  /** Stores the run's folder, and its card last: who sees the card finds the run. */
  keep(runsDir: string, game: SweptGame): Promise<void>;
  close(): void;
}

const cards = '.sweeps/';
/** Of a run's folder: what only its driver needs. */
const passing = /^lock|\.tmp$/;

export async function openObjectStore({
  bucket: Bucket,
  prefix,
  text,
}: RunStore & { kind: 's3' }): Promise<ObjectStore> {
  // What the client will want of later releases is no concern of who plays.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const client = await import('@aws-sdk/client-s3');
  const s3: S3Client = new client.S3Client({
    region: process.env['AWS_REGION'] ?? 'us-east-1',
    // Stores other than AWS have no host for each bucket, and know no newer checksums.
    forcePathStyle: (process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL']) !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });

  async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error as S3ServiceException, what, text);
    }
  }

  async function put(key: string, body: ReturnType<typeof createReadStream> | string, size: number): Promise<void> {
    const Key = `${prefix}${key}`;
    await ask('writing', () => s3.send(new client.PutObjectCommand({ Bucket, Key, Body: body, ContentLength: size })));
  }

  return {
    async *digests() {
      const Prefix = `${prefix}${cards}`;
      for (let ContinuationToken: string | undefined; ;) {
        const page = await ask('listing', () =>
          s3.send(
            new client.ListObjectsV2Command({ Bucket, Prefix, ...(ContinuationToken ? { ContinuationToken } : {}) }),
          ),
        );
        for (const { Key = '' } of page.Contents ?? []) {
          const digest = /^([0-9a-f]{64})\.json$/.exec(Key.slice(Prefix.length))?.[1];
          if (digest !== undefined) yield digest;
        }
        ContinuationToken = page.NextContinuationToken;
        if (ContinuationToken === undefined) return;
      }
    },
    card: (digest) =>
      ask('reading', async () => {
        const Key = `${prefix}${cards}${digest}.json`;
        try {
          const { Body } = await s3.send(new client.GetObjectCommand({ Bucket, Key }));
          return parseSwept((await Body?.transformToString()) ?? '', digest, `${text}: ${Key}`);
        } catch (error) {
          if ((error as S3ServiceException).name === 'NoSuchKey') return undefined;
          throw error;
        }
      }),
    async keep(runsDir, game) {
      const folder = join(runsDir, game.run);
      for (const name of filesIn(folder)) {
        const path = join(folder, name);
        await put(`${game.run}/${name}`, createReadStream(path), lstatSync(path).size);
      }
      const line = `${JSON.stringify(game)}\n`;
      await put(`${cards}${game.digest}.json`, line, Buffer.byteLength(line));
    },
    close: () => s3.destroy(),
  };
}

/** Files within a folder and those below it, relative; what passes with a driver is left out. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !passing.test(name) && lstatSync(join(folder, name)).isFile(),
  );
}

/** Never with what the store echoes of a request: its keys. */
function storeError(error: S3ServiceException, what: string, where: string): Error {
  if (error instanceof TheriacError) return error;
  const { httpStatusCode: status } = (error.$metadata ?? {}) as { httpStatusCode?: number };
  const { name } = error;
  const credentials = name === 'CredentialsProviderError';
  return new TheriacError(`${what} ${where} failed`, {
    code:
      credentials || status === 403
        ? 'PERMISSION_DENIED'
        : status === 404 || name === 'NoSuchBucket'
          ? 'NOT_FOUND'
          : 'UNAVAILABLE',
    field: 'run-store',
    // Without an answer it is the network that speaks.
    found: status === undefined ? `${name}: ${error.message}` : `${name}, status ${status}`,
    remedy: credentials
      ? 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or another identity that clients of S3 find.'
      : 'Look at the bucket, at who may use it, and at AWS_ENDPOINT_URL_S3.',
  });
}
