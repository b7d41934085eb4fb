/**
 * At most `posts` rows of a user are taken in a tick, the first ones. After the limits of the lecture's social network
 * (6000, 600 or 300 posts a day by the kind of account); a tick stands for the day: our reading.
 */
import { numberOption } from '../../attack';
import type { OnlineDefence } from '../defence';

/** rate-limit:posts=2 */
export const rateLimit: OnlineDefence = {
  id: 'rate-limit',
  kind: 'online',
  summary: 'at most so many rows of a user in a tick',
  source: 'Lecture 18 (limits of posts a day)',
  options: [
    {
      name: 'posts',
      type: 'integer',
      description: 'rows taken of a user in a tick',
      unit: 'rows',
      minimum: 1,
      maximum: 1e6,
      default: 2,
    },
  ],
  admit(users, options) {
    const most = numberOption(options, 'posts');
    const sent = new Map<number, number>();
    return Int32Array.from(
      [...users.keys()].filter((row) => {
        const user = users[row] as number;
        const before = sent.get(user) ?? 0;
        sent.set(user, before + 1);
        return before < most;
      }),
    );
  },
};
