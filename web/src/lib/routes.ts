// Which page an address shows, and what must be true before it may.
import type { Component } from 'svelte';

/** `id` and `record`: what an address names, in this order. */
export type Shown = Component<{ id?: string; record?: string }>;

export interface Route {
  pattern: RegExp;
  load: () => Promise<{ default: Shown }>;
  /** `anybody`, at once; or once the core has said who it is; somebody signed in; a guardian whose family is open. */
  need: 'anybody' | 'known' | 'signed-in' | 'family';
  /** Within the frame with the navigation. */
  inside: boolean;
  /** It's passed on within a family: who must unlock or sign in first gets there, and others are told that it isn't theirs. */
  shared?: boolean;
}

const page = (pattern: RegExp, need: Route['need'], load: () => Promise<unknown>, inside = need === 'family'): Route => ({
  pattern,
  need,
  load: load as Route['load'],
  inside,
});

export const ROUTES: Route[] = [
  page(/^\/welcome$/, 'anybody', () => import('../pages/Welcome.svelte')),
  page(/^\/sign-in$/, 'anybody', () => import('../pages/SignIn.svelte')),
  page(/^\/join$/, 'anybody', () => import('../pages/Join.svelte')),
  page(/^\/open$/, 'anybody', () => import('../pages/Open.svelte')),
  page(/^\/reset$/, 'anybody', () => import('../pages/Reset.svelte')),
  page(/^\/verify$/, 'anybody', () => import('../pages/Verify.svelte')),
  page(/^\/invite\/([0-9A-Za-z_-]+)$/, 'known', () => import('../pages/Invite.svelte')),
  page(/^\/breach$/, 'known', () => import('../pages/Breach.svelte')),
  page(/^\/log$/, 'anybody', () => import('../pages/PublicLog.svelte')),
  page(/^\/unlock$/, 'signed-in', () => import('../pages/SignIn.svelte')),
  page(/^\/kit$/, 'signed-in', () => import('../pages/KitEnter.svelte')),
  page(/^\/begin$/, 'signed-in', () => import('../pages/Begin.svelte')),
  page(/^\/$/, 'family', () => import('../pages/Home.svelte')),
  page(/^\/child\/new$/, 'family', () => import('../pages/ChildNew.svelte')),
  page(/^\/child\/([0-9a-f]+)$/, 'family', () => import('../pages/Child.svelte')),
  page(/^\/limits\/([0-9a-f]+)$/, 'family', () => import('../pages/Limits.svelte')),
  page(/^\/corner\/([0-9a-f]+)$/, 'family', () => import('../pages/Corner.svelte'), false),
  page(/^\/album$/, 'family', () => import('../pages/Album.svelte')),
  page(/^\/album\/([0-9a-f]+)$/, 'family', () => import('../pages/Album.svelte')),
  { ...page(/^\/album\/([0-9a-f]+)\/([0-9a-f]+)$/, 'family', () => import('../pages/Album.svelte')), shared: true },
  page(/^\/toys$/, 'family', () => import('../pages/Toys.svelte')),
  page(/^\/toys\/link$/, 'family', () => import('../pages/ToyLink.svelte')),
  page(/^\/toys\/([0-9a-f]+)$/, 'family', () => import('../pages/Toy.svelte')),
  page(/^\/activity$/, 'family', () => import('../pages/Activity.svelte')),
  page(/^\/privacy$/, 'family', () => import('../pages/Privacy.svelte')),
  page(/^\/privacy\/notice$/, 'family', () => import('../pages/NoticePage.svelte')),
  page(/^\/settings$/, 'family', () => import('../pages/Settings.svelte')),
];

export const MISSING: Route = page(/^/, 'anybody', () => import('../pages/Missing.svelte'));
export const CLOSED: Route = page(/^/, 'anybody', () => import('../pages/Closed.svelte'));

export function routeOf(path: string): { route: Route; id?: string; record?: string } {
  for (const route of ROUTES) {
    const found = route.pattern.exec(path);
    if (found) return { route, id: found[1], record: found[2] };
  }
  return { route: MISSING };
}
