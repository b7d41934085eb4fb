import { copyFile, writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { certificateFolder, past, type Authority, type TestFolder } from '../fixtures/certificates';
import { checkTlsFiles, readTlsFolder } from './tls-folder';

const uri = 'spiffe://theriac/trainer';
let folder: TestFolder;
let authority: Authority;
beforeAll(async () => {
  folder = await certificateFolder();
  authority = await folder.authority();
});
afterAll(() => folder.remove());
const check = (place: string) => checkTlsFiles(place, readTlsFolder(place));

it('knows whom the certificate is for, and until when', async () => {
  const { identity, expires } = check(await authority.folder({ uri }));
  expect(identity).toEqual({ uri, domain: 'theriac', role: 'trainer' });
  expect(expires.getTime()).toBeGreaterThan(Date.now());
});

it.each<[string, () => Promise<string>, RegExp]>([
  [
    'a folder that is not there',
    () => Promise.resolve(join(folder.path, 'absent')),
    /tls\.crt cannot be read.*theriac certificates/,
  ],
  [
    'a missing authority',
    async () => {
      const place = await authority.folder({ uri });
      await rm(join(place, 'ca.crt'));
      return place;
    },
    /ca\.crt cannot be read; found: ENOENT/,
  ],
  [
    "another certificate's key",
    async () => {
      const place = await authority.folder({ uri });
      await copyFile(join(await authority.folder({ uri }), 'tls.key'), join(place, 'tls.key'));
      return place;
    },
    /tls\.key cannot be used; found: the key of another certificate/,
  ],
  [
    'garbage',
    async () => {
      const place = await authority.folder({ uri });
      await writeFile(join(place, 'tls.crt'), 'garbage');
      return place;
    },
    /tls\.crt cannot be used/,
  ],
  [
    'an expired certificate',
    () => authority.folder({ uri }, { validity: past }),
    /tls\.crt cannot be used; found: valid from/,
  ],
  ['a certificate without an identity', () => authority.folder({}), /one URI spiffe:\/\/domain\/role/],
  [
    'an authority that did not sign it',
    async () => authority.folder({ uri }, { trusted: (await folder.authority()).issued.certificate }),
    /ca\.crt cannot be used; found: not the issuer of tls\.crt/,
  ],
])('refuses %s', async (_, place, message) => {
  const found = await place();
  expect(() => check(found)).toThrow(message);
});
