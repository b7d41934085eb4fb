import { parseRunStore } from './run-store';

it('names a claim, or a bucket with or without a prefix', () => {
  expect(parseRunStore('pvc:theriac-runs')).toMatchObject({ kind: 'claim', claim: 'theriac-runs' });
  expect(parseRunStore('s3://some.bucket')).toMatchObject({ kind: 's3', bucket: 'some.bucket', prefix: '' });
  expect(parseRunStore('s3://bucket/a//b/')).toMatchObject({ bucket: 'bucket', prefix: 'a/b/' });
});

it.each(['', 'pvc:', 'pvc:Upper', 'runs', 's3://', 's3://B', 's3://bucket/../other', 'http://bucket/x'])(
  'refuses "%s"',
  (text) => expect(() => parseRunStore(text)).toThrow(/^--run-store is .*pvc:CLAIM or s3:/),
);
