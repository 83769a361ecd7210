// Between the app and the network: runs what this browser has accepted, and accepts another program
// only if the public log holds its hash. The first one is believed, like the first page of any
// site; and a browser asks for this file itself, past it: docs/bundle.md says what that leaves open.

import init, { Worker as Client } from './core/wasm/client';
import wasm from './core/wasm/client_bg.wasm?url';
import type { GuardState } from './core/messages';
import { entryOf } from './lib/entries';
import { sha256 } from './lib/hash';

declare const self: ServiceWorkerGlobalScope;

interface Bundle {
  sha256: string;
  /** The hash of each file, by its name. */
  files: Record<string, string>;
}

interface Accepted extends Bundle {
  /** Files of the one before, for tabs that still run it. */
  before: Record<string, string>;
  /** The deployment's public keys as they were at the first contact. */
  pinned: unknown;
  /** Where the log holds it, once that is known: what stands before it was replaced by it. */
  place?: number;
}

const STORE = 'treehouse-bundle';
const ACCEPTED = '/.accepted';
const STATE = '/.state';
/** What isn't the app's: it comes from the server, and is shown without any power over this origin. */
const NOT_PAGES = /^\/(v1\/|log\/|notice\/|product\.|\.well-known\/|healthz|readyz|sw\.js$)/;

/** The core that this script was built with. */
const CORE = wasm.slice(1);

const kept = (hash: string) => `/.file/${hash}`;

async function read<T>(name: string): Promise<T | undefined> {
  const found = await (await caches.open(STORE)).match(name);
  return (await found?.json()) as T | undefined;
}

async function write(name: string, value: unknown): Promise<void> {
  await (await caches.open(STORE)).put(name, Response.json(value));
}

/** A file of a bundle, as its list names it, from the store or else from the server. */
async function file(name: string, hash: string): Promise<Response> {
  const store = await caches.open(STORE);
  const found = await store.match(kept(hash), { ignoreVary: true });
  if (found) return found;
  const answer = await fetch(`/${name}`, { cache: 'no-cache' });
  if (!answer.ok || (await sha256(await answer.clone().arrayBuffer())) !== hash) {
    throw new Error(`${name} isn’t the file that was accepted`);
  }
  await store.put(kept(hash), answer.clone());
  return answer;
}

/** What the server offers; its hash is that of its list, or it throws. */
async function offered(): Promise<Bundle> {
  const answer = await fetch('/v1/bundle', { cache: 'no-store' });
  const bundle = (await answer.json()) as Bundle;
  const names = Object.keys(bundle.files).sort();
  const lines = names.map((name) => `${bundle.files[name]}  ${name}\n`).join('');
  const hash = await sha256(new TextEncoder().encode(lines));
  if (!answer.ok || !names.length || hash !== bundle.sha256) throw new Error('the list is wrong');
  return bundle;
}

let core: Promise<Client> | undefined;

/** The core, which checks the successor of what was accepted. */
function client(files: Record<string, string>): Promise<Client> {
  core ??= (async () => {
    await init({ module_or_path: await file(CORE, files[CORE] ?? '') });
    return new Client(self.location.origin);
  })();
  return core;
}

async function ask<T>(files: Record<string, string>, word: string, args: unknown[]): Promise<T> {
  const given: unknown = await (await client(files)).ask('guardian', word, JSON.stringify(args));
  return JSON.parse(String(given)) as T;
}

/** Where the log holds this bundle: `undefined` while it isn't published there yet, `false` if another is. */
async function placeOf(bundle: Bundle, now: Accepted): Promise<number | undefined | false> {
  // A browser may have taken a newer script than what was accepted; then its own core is newer, too.
  const files = now.files[CORE] ? now.files : bundle.files;
  const found = await ask<{ hash: string; place?: number }>(files, 'publication', ['bundle', now.pinned]);
  if (found.hash !== bundle.sha256) return false;
  // A proof never grows old: one of a program that was replaced since must lead nobody back to it.
  const isOlder = found.place !== undefined && now.place !== undefined && found.place < now.place;
  return isOlder ? false : found.place;
}

async function accept(bundle: Bundle, before?: Accepted, place?: number): Promise<void> {
  await Promise.all(Object.entries(bundle.files).map(([name, hash]) => file(name, hash)));
  const pinned = before?.pinned ?? (await ask(bundle.files, 'pinned', []));
  await write(ACCEPTED, { ...bundle, before: before?.files ?? {}, pinned, place });
  const store = await caches.open(STORE);
  const wanted = new Set([...Object.values(bundle.files), ...Object.values(before?.files ?? {})].map(kept));
  for (const { url } of await store.keys()) {
    const { pathname } = new URL(url);
    if (pathname.startsWith('/.file/') && !wanted.has(pathname)) await store.delete(url);
  }
}

/** Notes where the log holds what was accepted: the first program is there before anybody could ask. */
async function note(bundle: Bundle, now: Accepted): Promise<void> {
  const place = await placeOf(bundle, now).catch(() => undefined);
  if (typeof place === 'number') await write(ACCEPTED, { ...now, place });
}

let said: Promise<void> = Promise.resolve();

/** One word after the other: what was read before a look ended must not be said after it. */
function say(word: () => Promise<void>): Promise<void> {
  said = said.then(word, word);
  return said;
}

function tell(state: GuardState): Promise<void> {
  return say(async () => {
    await write(STATE, state);
    for (const page of await self.clients.matchAll({ includeUncontrolled: true })) {
      page.postMessage({ guard: state });
    }
  });
}

/** Says to one page what the last look found. */
function answer(page: ExtendableMessageEvent['source']): Promise<void> {
  return say(async () => {
    const state = await read<GuardState>(STATE);
    if (state) page?.postMessage({ guard: state });
  });
}

/** Looks at what the server offers, and takes it or stays with what there is. */
async function look(): Promise<void> {
  const [now, bundle] = [await read<Accepted>(ACCEPTED), await offered()];
  const sha = bundle.sha256;
  if (!now || now.sha256 === sha) {
    if (!now) await accept(bundle);
    else if (now.place === undefined) await note(bundle, now);
    return tell({ sha256: sha, offer: 'same' });
  }
  const place = await placeOf(bundle, now).catch(() => false as const);
  if (place === undefined) return tell({ sha256: now.sha256, offer: 'waits' });
  if (place === false) return tell({ sha256: now.sha256, offer: 'refused' });
  try {
    await accept(bundle, now, place);
    await tell({ sha256: sha, offer: 'same' });
  } catch {
    // Logged, and yet other files come.
    await tell({ sha256: now.sha256, offer: 'refused' });
  }
}

/** How long to wait before each look, until one succeeds; a connection may just be coming back. */
const LOOKS_AFTER_MS = [0, 1_000, 5_000];
let newest = 0;

/** Looks, and again if the server couldn't be asked. A later page looks for itself. */
async function lookOften(): Promise<void> {
  const own = ++newest;
  for (const ms of LOOKS_AFTER_MS) {
    await new Promise((done) => setTimeout(done, ms));
    if (own !== newest) return;
    try {
      return await look();
    } catch {
      // Offline there is nothing to look at.
    }
  }
}

async function serve(request: Request, path: string): Promise<Response> {
  const now = await read<Accepted>(ACCEPTED);
  if (!now) return fetch(request);
  let name = path.slice(1);
  if (request.mode === 'navigate' && !now.files[name]) {
    name = `${entryOf(path) ?? 'index'}.html`;
  }
  const hash = now.files[name] ?? now.before[name];
  if (!hash) return new Response(null, { status: 404 });
  return file(name, hash).catch(() => Response.error());
}

/**
 * A page that the guard doesn't know: it runs nothing, and is of no origin. A server that lies could put a
 * script there otherwise, which would reach all that the app keeps in this browser.
 */
async function harmless(request: Request): Promise<Response> {
  const answer = await fetch(request);
  // The browser follows by asking again.
  if (answer.type === 'opaqueredirect') return answer;
  const { status, statusText } = answer;
  const headers = new Headers(answer.headers);
  // A browser shows no PDF in a sandbox, and runs nothing of one here.
  if (!/^application\/pdf(;|$)/i.test(headers.get('content-type') ?? '')) {
    headers.append('content-security-policy', 'sandbox allow-downloads');
    // Nor does it show a page that is in a sandbox and kept from who opened it.
    headers.delete('cross-origin-opener-policy');
  }
  headers.set('x-content-type-options', 'nosniff');
  return new Response(answer.body, { status, statusText, headers });
}

self.addEventListener('install', (event) => {
  event.waitUntil(look().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== 'GET' || NOT_PAGES.test(url.pathname)) {
    if (request.mode === 'navigate') event.respondWith(harmless(request));
    return;
  }
  event.respondWith(serve(request, url.pathname));
  if (request.mode === 'navigate') event.waitUntil(lookOften());
});

self.addEventListener('message', (event) => {
  event.waitUntil(answer(event.source));
});
