import { mount } from 'svelte';
import './kit/base.css';
import App from './App.svelte';
import { keepFocus } from './lib/focus';
import { guard } from './lib/guard.svelte';
import { startLanguage } from './lib/i18n.svelte';
import * as look from './lib/look.svelte';
import { path, startRouter } from './lib/router.svelte';
import { routeOf } from './lib/routes';
import { session } from './lib/session.svelte';

/** A tab that nobody looks at isn't drawn. */
const UNSEEN_MS = 500;

/** When the browser has drawn what stands now. */
function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, UNSEEN_MS);
  });
}

look.show();
startRouter();
keepFocus();
const { need, load } = routeOf(path()).route;
// Beside its texts; where it's shown, one that doesn't come is told of.
const page = load().catch(() => undefined);
// A page for anybody is seen before the core takes this processor's time.
const later = need === 'anybody';
if (!later) void session.start();
await startLanguage();
mount(App, { target: document.getElementById('app') as HTMLElement });
if (later) {
  await page;
  await drawn();
  void session.start();
}
guard.start();
