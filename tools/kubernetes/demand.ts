/** Types of manifests with more fields required than the API requires. */

declare const given: unique symbol;

/** Demands that a field is there, with the type that the API gives it. */
export interface Given {
  readonly [given]: true;
}

type Flat<T> = { [K in keyof T]: T[K] };
type Element<T> = T extends readonly (infer E)[] ? E : unknown;
type Member<T, K> = K extends keyof T ? T[K] : unknown;
type Rest<T, D> = { [K in keyof T as K extends keyof D ? never : K]: T[K] };

/** T, where every field that D names without a question mark must be there: as T has it where D says Given, else of D's type. */
export type Demand<T, D> = D extends Given
  ? NonNullable<T>
  : D extends readonly unknown[]
    ? Demand<Element<NonNullable<T>>, Element<D>>[]
    : D extends object
      ? Flat<Rest<NonNullable<T>, D> & { [K in keyof D]: Demand<Member<NonNullable<T>, K>, D[K]> }>
      : D;
