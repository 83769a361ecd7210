// The core, for pages: everything is asked of a worker, which holds the keys.

import { hexOf } from '../lib/hash';
import type { Core, Limits, ToyCore, ToyState, Trouble, Verdict } from './api';
import { limitsOf, packed } from './limits';
import type { Answering, Asking } from './messages';
import { scriptUrl } from './policy';
import { redraw } from './redraw';
import script from './client.worker?worker&url';

export type * from './api';

/** What a call throws. */
export class CoreError extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble.text);
    this.name = 'CoreError';
  }
}

interface Waiting {
  resolve(given: unknown): void;
  reject(error: Error): void;
}

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, Waiting>();
const rings = new Set<() => void>();

function start(): Worker {
  if (worker) return worker;
  worker = new Worker(scriptUrl(script), { type: 'module', name: 'treehouse' });
  worker.addEventListener('message', ({ data }: MessageEvent<Answering>) => {
    if ('ring' in data) {
      for (const ring of rings) ring();
      return;
    }
    const asked = waiting.get(data.id);
    waiting.delete(data.id);
    if ('given' in data) asked?.resolve(data.given);
    else asked?.reject(new CoreError(data.trouble as Trouble));
  });
  worker.addEventListener('error', (event) => {
    const text = event.message || 'the core could not be started';
    for (const asked of waiting.values()) {
      asked.reject(new CoreError({ kind: 'local', text }));
    }
    waiting.clear();
  });
  return worker;
}

/** Fetches and compiles the core, so that it is there when it is needed. */
export function warmUp(): void {
  start();
}

function ask(whom: Asking['whom'], word: string, args: unknown[], bytes?: Uint8Array) {
  last += 1;
  const asking: Asking = { id: last, whom, word, args, ...(bytes && { bytes }) };
  return new Promise<unknown>((resolve, reject) => {
    waiting.set(asking.id, { resolve, reject });
    start().postMessage(asking);
  });
}

function files(given: unknown): { name: string; bytes: Uint8Array }[] {
  return (given as [string, Uint8Array][]).map(([name, bytes]) => ({ name, bytes }));
}

let reading: Promise<unknown> = Promise.resolve();

/** A recording, part by part: the browser keeps a `Blob` where it likes, not in memory alone. */
async function parts(record: string, what: string, type: string): Promise<Blob> {
  const all: Blob[] = [];
  for (;;) {
    const part = (await ask('guardian', 'recordingPart', [record, what, all.length === 0])) as Uint8Array<ArrayBuffer>;
    if (!part.length) return new Blob(all, { type });
    all.push(new Blob([part]));
  }
}

/** The guardian of this tab. */
export const core: Core = new Proxy({} as Core, {
  get(_, word: string | symbol) {
    // Whatever is awaited is asked whether it's a promise.
    if (typeof word !== 'string' || word === 'then') return undefined;
    switch (word) {
      case 'live':
        return (ring: () => void) => {
          rings.add(ring);
          void ask('guardian', 'live', []);
          return () => rings.delete(ring);
        };
      case 'sendForm':
        return (id: string, scan: Uint8Array) => ask('guardian', word, [id], scan);
      case 'limits':
        return async (child: string) => limitsOf(await ask('guardian', word, [child]));
      case 'setLimits':
        return (child: string, limits: Limits) => ask('guardian', word, [child, packed(limits)]);
      case 'addPasskey':
      case 'unlockWithPasskey':
        return (output: Uint8Array) => ask('guardian', word, [], output).finally(() => output.fill(0));
      case 'recording':
        return (record: string, what: string, type: string) => {
          // One after the other: the worker knows one place in each.
          const given = reading.then(() => parts(record, what, type));
          reading = given.catch(() => undefined);
          return given;
        };
      case 'exportAll':
        return async () => files(await ask('guardian', word, []));
      default:
        return (...args: unknown[]) => ask('guardian', word, args);
    }
  },
});

/** The toy of this tab. */
export const toy: ToyCore = {
  create(kind) {
    const random = crypto.getRandomValues(new Uint8Array(8));
    return ask('toy', 'create', [`toy-${kind}-${hexOf(random)}`]) as Promise<ToyState>;
  },
  open: (id) => ask('toy', 'open', [id]) as Promise<ToyState>,
  forget: () => ask('toy', 'forget', []) as Promise<void>,
  askCode: (caps) => ask('toy', 'askCode', [caps]) as ReturnType<ToyCore['askCode']>,
  progress: () => ask('toy', 'progress', []) as ReturnType<ToyCore['progress']>,
  accept: () => ask('toy', 'accept', []) as Promise<void>,
  refresh: () => ask('toy', 'refresh', []) as Promise<ToyState>,
  may: (kind, now) => ask('toy', 'may', [kind, now]) as Promise<Verdict>,
  spend: (kind, now, minutes) => ask('toy', 'spend', [kind, now, minutes]) as Promise<Verdict>,
  async snap(picture, now, takenMs) {
    const { sizes, width, height } = await redraw(picture);
    const lengths = sizes.map((size) => size.length);
    const bytes = new Uint8Array(await new Blob(sizes).arrayBuffer());
    const args = [takenMs ?? null, lengths, [width, height], now];
    return ask('toy', 'snap', args, bytes) as Promise<ToyState>;
  },
  say: (sound, now, takenMs) => ask('toy', 'say', [takenMs ?? null, now], sound) as Promise<ToyState>,
  async film(film, poster, now, takenMs) {
    const bytes = new Uint8Array(film.length + poster.length);
    bytes.set(film);
    bytes.set(poster, film.length);
    return ask('toy', 'film', [takenMs ?? null, film.length, now], bytes) as Promise<ToyState>;
  },
  sync: () => ask('toy', 'sync', []) as ReturnType<ToyCore['sync']>,
  async wire() {
    const sealed = files(await ask('toy', 'wire', []));
    return sealed.map(({ name, bytes }) => {
      const space = name.lastIndexOf(' ');
      return { name: name.slice(0, space), bytes: Number(name.slice(space + 1)), head: bytes };
    });
  },
};
