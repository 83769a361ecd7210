// What passes between a page and the worker.

/** A question: a word of `api.ts` with its arguments. */
export interface Asking {
  id: number;
  whom: 'guardian' | 'toy';
  word: string;
  args: unknown[];
  bytes?: Uint8Array;
}

/** An answer, or a ring of the live channel. */
export type Answering =
  | { id: number; given: unknown }
  | { id: number; trouble: unknown }
  | { ring: true };

/** What the service worker says: the program that runs here, and what it did with another one. */
export interface GuardState {
  sha256: string;
  /** `same`: none other is offered; `waits`: it isn't in the log yet; `refused`: it won't be run. */
  offer: 'same' | 'waits' | 'refused';
}
