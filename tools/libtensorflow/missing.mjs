/** Something this machine lacks: `why` says what, `remedy` what to do about it. Both are one line. */
export class Missing extends Error {
  constructor(why, remedy) {
    super(why);
    this.remedy = remedy;
  }
}
