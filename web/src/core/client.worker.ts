// The worker: one question after the other to the Rust client, and its files kept in this browser.

import init, { Worker as Client } from './wasm/client';
import wasm from './wasm/client_bg.wasm?url';
import { forget, keep, kept } from './keep';
import type { Answering, Asking } from './messages';

/** How long to wait before the live channel is opened again, in milliseconds. */
const PAUSE_MS = 3_000;

const client = start();
let queue: Promise<unknown> = client;
let live: WebSocket | undefined;

async function start(): Promise<Client> {
  const [files] = await Promise.all([kept(), init({ module_or_path: wasm })]);
  const client = new Client(location.origin);
  for (const { folder, name, bytes } of files) client.putBack(folder, name, bytes);
  return client;
}

function answer(answering: Answering): void {
  postMessage(answering);
}

async function carryOut({ id, whom, word, args, bytes }: Asking): Promise<void> {
  try {
    let given: unknown;
    try {
      given = await (await client).ask(whom, word, JSON.stringify(args), bytes);
    } finally {
      // A call that failed may have done a part of its work: what was sent mustn't be sent anew.
      await writeDown(await client);
    }
    answer({ id, given: typeof given === 'string' ? (JSON.parse(given) ?? undefined) : given });
  } catch (thrown) {
    answer({ id, trouble: troubleOf(thrown) });
  }
}

function troubleOf(thrown: unknown): unknown {
  if (typeof thrown === 'string' && thrown.startsWith('{')) return JSON.parse(thrown);
  return { kind: 'local', text: String(thrown) };
}

/** Nothing is answered before it is on this browser's disk. */
async function writeDown(client: Client): Promise<void> {
  for (const [folder, name, bytes] of client.changed() as [string, string, Uint8Array?][]) {
    await (bytes ? keep({ folder, name, bytes }) : forget(folder, name));
  }
}

function openLive(): void {
  if (live) return;
  live = new WebSocket(new URL('/v1/live', location.origin.replace(/^http/, 'ws')));
  live.addEventListener('message', () => answer({ ring: true }));
  live.addEventListener('close', () => {
    live = undefined;
    // A ring may have been missed.
    setTimeout(() => {
      answer({ ring: true });
      openLive();
    }, PAUSE_MS);
  });
}

addEventListener('message', ({ data }: MessageEvent<Asking>) => {
  if (data.word === 'live') {
    openLive();
    answer({ id: data.id, given: undefined });
    return;
  }
  // The client does one thing at a time.
  queue = queue.then(() => carryOut(data), () => carryOut(data));
});
