/** S3-compatible storage in this process: buckets by path, what a sweep asks of them, and nothing without the right key. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Server {
  readonly url: string;
  /** Content by "bucket/key". */
  readonly objects: Map<string, Buffer>;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const pageSize = 2;

export async function startS3(bucket: string, accessKey: string): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const faults: string[] = [];

  function answer(request: IncomingMessage, content: Buffer): { status: number; body: string | Buffer } {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://store');
    const [, owner = '', ...rest] = decodeURIComponent(pathname).split('/');
    const key = `${owner}/${rest.join('/')}`;
    const { authorization = '', 'x-amz-content-sha256': digest = '' } = request.headers;
    if (!authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${accessKey}/`))
      return { status: 403, body: errorXml('InvalidAccessKeyId', `The key ${authorization} is unknown`) };
    if (owner !== bucket) return { status: 404, body: errorXml('NoSuchBucket', 'There is no such bucket') };
    if (request.method === 'PUT') {
      const own = createHash('sha256').update(content).digest('hex');
      if (digest !== 'UNSIGNED-PAYLOAD' && digest !== own) faults.push(`${key}: ${String(digest)} is not its digest`);
      if (content.byteLength !== Number(request.headers['content-length'])) faults.push(`${key}: another length`);
      objects.set(key, content);
      return { status: 200, body: '' };
    }
    if (searchParams.get('list-type') === '2') return { status: 200, body: listXml(searchParams) };
    const found = objects.get(key);
    return found === undefined ? { status: 404, body: errorXml('NoSuchKey', 'none') } : { status: 200, body: found };
  }

  function listXml(query: URLSearchParams): string {
    const prefix = `${bucket}/${query.get('prefix') ?? ''}`;
    const all = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const rows = all
      .slice(from, from + pageSize)
      .map((key) => `<Contents><Key>${key.slice(bucket.length + 1)}</Key></Contents>`);
    const more = from + pageSize < all.length;
    const next = more ? `<NextContinuationToken>${from + pageSize}</NextContinuationToken>` : '';
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${rows.join('')}</ListBucketResult>`;
  }

  const http = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { status, body } = answer(request, Buffer.concat(pieces));
      response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    objects,
    faults,
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const errorXml = (code: string, message: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
