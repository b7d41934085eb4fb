// @ts-check

/** Something this machine lacks: the message says what, `remedy` what to do about it. Both are one line. */
export class Missing extends Error {
  /**
   * @param {string} why
   * @param {string} remedy
   */
  constructor(why, remedy) {
    super(why);
    this.remedy = remedy;
  }
}
