// Addresses and pages. What a letter or an invitation carries after `#` is a secret: it's taken
// out of the address bar before anything is drawn, and lives only in this module's memory.
import { onDestroy, tick } from 'svelte';
import { entryOf } from './entries';

interface Place {
  path: string;
  /** The fragment that the page was opened with, if any. */
  secret: string;
}

function read(): Place {
  const { pathname, hash } = location;
  const secret = hash.slice(1);
  // `#main` is where the skip link goes: no secret, and the browser handles it.
  if (secret && secret !== 'main') history.replaceState(history.state, '', pathname);
  return { path: pathname.replace(/\/+$/, '') || '/', secret: secret === 'main' ? '' : secret };
}

let place = $state<Place>(read());

export const path = () => place.path;
export const secret = () => place.secret;

/** A shared address that somebody came for and has to sign in or unlock for; kept in this tab's memory alone. */
let wished: string | undefined;

export function wish(to: string | undefined): void {
  wished = to;
}

/** Where somebody goes whose keys are open now. */
export const landing = () => wished ?? '/';

/** Forgets the secret once it was used. */
export function forgetSecret(): void {
  place = { ...place, secret: '' };
}

export function go(to: string, options: { replace?: boolean } = {}): void {
  if (to === location.pathname) return;
  history[options.replace ? 'replaceState' : 'pushState'](null, '', to);
  place = read();
  scrollTo({ top: 0 });
}

/** Where a page's work leads to, unless its reader has gone elsewhere meanwhile. To be made with the page. */
export function onward(): (to: string) => void {
  let stays = true;
  onDestroy(() => (stays = false));
  return (to) => {
    if (stays) go(to);
  };
}

/** Links of our own without reloading; everything else is the browser's. */
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest('a');
  if (!link || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return;
  if (entryOf(url.pathname)) return;
  event.preventDefault();
  go(url.pathname);
}

export function startRouter(): void {
  addEventListener('popstate', () => (place = read()));
  addEventListener('hashchange', () => {
    if (location.hash !== '#main') place = read();
  });
  document.addEventListener('click', follow);
}

/** Moves the focus to a page's heading, so that a screen reader reads where one is now. */
export async function focusHeading(heading: HTMLElement | undefined): Promise<void> {
  await tick();
  heading?.focus({ preventScroll: true });
}
