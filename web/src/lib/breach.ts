// Notices of breaches: read as they were published, held against the public log, and looked for in the
// family's own lines. The server isn't asked whether a family is concerned, and doesn't learn it.
import type { LogLine, Publication, Trouble } from '../core/api';
import { sha256 } from './hash';
import { core } from './open';
import type { Shape } from './server';
import { troubleOf } from './trouble';

/** What was published about one breach: docs/breach.md. */
export interface Breach {
  number: number;
  told_ms: number;
  from_ms: number;
  to_ms: number;
  aware_ms: number;
  got: 'released' | 'released-with-keys' | 'database';
  readers: { salt: string; hashes: string[] } | null;
  counts: { families: number; children: number; records: number; blobs: number };
  texts: Record<string, { happened: string; done: string }>;
  data: Record<string, { readable: string[]; sealed: string[] }>;
}

export interface Told {
  breaches: Breach[];
  /** Where the log has them. */
  published: Publication;
}

const WORD = 'breaches';
const NOT_FOUND = 404;
/** The number of the last version that was read on this device, by family. */
const READ = 'treehouse.breaches';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

const keyOf = (family: string) => `${READ} ${family.slice(0, 8)}`;
const lastRead = (family: string | undefined) =>
  family ? Number(localStorage.getItem(keyOf(family)) ?? 0) : 0;
const unproven = (text: string) =>
  Object.assign(new Error(text), { trouble: { kind: 'unproven', text } satisfies Trouble });

/** The newest version, if there was ever a breach; throws if it is older than what was read here. */
async function published(family: string | undefined): Promise<Publication | undefined> {
  let found: Publication | undefined;
  try {
    found = await core.publication(WORD);
  } catch (error) {
    if (troubleOf(error)?.status !== NOT_FOUND) throw error;
  }
  if ((found?.version ?? 0) < lastRead(family)) throw unproven('a notice that was read here is gone');
  return found;
}

/** All notices, once the log proves them; throws if they aren't those that were published. */
export async function told(family: string | undefined): Promise<Told | undefined> {
  const found = await published(family);
  if (!found) return undefined;
  if (found.place === undefined) return { breaches: [], published: found };
  const answer = await fetch('/v1/breaches');
  if (!answer.ok) throw new Error(`breaches: ${answer.status}`);
  const { text } = (await answer.json()) as Shape<'BreachesAnswer'>;
  if ((await sha256(new TextEncoder().encode(text))) !== found.hash) {
    throw unproven('the notices are not those of the log');
  }
  return { breaches: JSON.parse(text) as Breach[], published: found };
}

/** Whether there is a notice that nobody of the family has read on this device. */
export async function unread(family: string | undefined): Promise<boolean> {
  return ((await published(family))?.version ?? 0) > lastRead(family);
}

export const markRead = (family: string, version: number) => localStorage.setItem(keyOf(family), String(version));

/** The lines of a family's log that tell of what was handed out; a copy of a database leaves none. */
export async function exposed(breach: Breach, lines: LogLine[]): Promise<LogLine[]> {
  const { readers } = breach;
  if (breach.got === 'database' && !readers) return [];
  const within = lines.filter(
    ({ what, atMs }) => what === 'release' && atMs >= breach.from_ms && atMs < breach.to_ms,
  );
  if (!readers) return within;
  const known = new Map<string, Promise<string>>();
  const hashOf = (key: string) => {
    const begun = known.get(key);
    if (begun) return begun;
    const hash = sha256(
      Uint8Array.of(...new TextEncoder().encode('treehouse-breach/1 reader'), ...bytesOf(readers.salt), ...bytesOf(key)),
    );
    known.set(key, hash);
    return hash;
  };
  const own = await Promise.all(
    within.map(async (line) => readers.hashes.includes(await hashOf(line.who.split(' ')[1] ?? ''))),
  );
  return within.filter((_, at) => own[at]);
}
