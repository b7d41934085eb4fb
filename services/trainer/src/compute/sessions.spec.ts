import { openSessions } from './sessions';

const nothing = undefined as never;
const opening = (sessions: ReturnType<typeof openSessions>, client: string, lease = 60) =>
  sessions.open(nothing, nothing, new Float32Array(1), undefined, lease, client).id;

it('gives one client so many, and leaves room for others', () => {
  const sessions = openSessions(3, 2);
  opening(sessions, 'a');
  const second = opening(sessions, 'a');
  expect(() => opening(sessions, 'a')).toThrow(/client.*2 open.*at most 2/);
  opening(sessions, 'b');
  expect(() => opening(sessions, 'c')).toThrow(/Too many sessions/);
  sessions.close(second);
  opening(sessions, 'c');
});

it('says when the next lease ends, and ends it then', () => {
  let now = 100;
  const sessions = openSessions(1, 1, () => now);
  const id = opening(sessions, 'a', 4);
  now = 101;
  const found = (): unknown => {
    try {
      return opening(sessions, 'b');
    } catch (error) {
      return error;
    }
  };
  expect(found()).toMatchObject({ detail: { code: 'RESOURCE_EXHAUSTED', retryAfterSeconds: 3 } });
  sessions.find(id);
  now = 104.5;
  expect(found()).toMatchObject({ detail: { code: 'RESOURCE_EXHAUSTED' } });
  now = 106;
  expect(found()).toEqual(expect.any(String));
});
