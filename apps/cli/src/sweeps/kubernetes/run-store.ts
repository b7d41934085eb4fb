/** Where the runs of a sweep in a cluster are kept: `pvc:CLAIM`, or `s3://BUCKET/PREFIX`. */
import { invalid } from '@theriac/tensors';

export type RunStore =
  | { readonly kind: 'claim'; readonly claim: string; readonly text: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      /** "" or "a/b/". */ readonly prefix: string;
      readonly text: string;
    };

const claimName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const bucketName = /^[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]$/;

/** Throws INVALID_ARGUMENT naming the option. */
export function parseRunStore(text: string): RunStore {
  const claim = /^pvc:(.*)$/.exec(text)?.[1];
  if (claim !== undefined && claimName.test(claim)) return { kind: 'claim', claim, text };
  const [, bucket, path = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(text) ?? [];
  const folders = path.split('/').filter((part) => part !== '');
  if (bucket !== undefined && bucketName.test(bucket) && !folders.some((part) => part === '.' || part === '..'))
    return { kind: 's3', bucket, prefix: folders.map((part) => `${part}/`).join(''), text };
  throw invalid('--run-store', text, 'pvc:CLAIM or s3://BUCKET/PREFIX');
}
