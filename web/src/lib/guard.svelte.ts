// What the service worker says about the program that the server offers.
import type { GuardState } from '../core/messages';
import { scriptUrl } from '../core/policy';

class Guard {
  state = $state.raw<GuardState>();

  /** Begins, once the page stands. A browser without it runs what it's sent, as ever. */
  start(): void {
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    if (!container || !import.meta.env.PROD) return;
    container.addEventListener('message', ({ data }: MessageEvent<{ guard?: GuardState }>) => {
      if (data.guard) this.state = data.guard;
    });
    const registered = container.register(scriptUrl('/sw.js'), { type: 'module', updateViaCache: 'none' });
    registered
      .then(() => container.ready)
      .then(({ active }) => active?.postMessage('state'))
      .catch((error: unknown) => console.warn(`no guard: ${String(error)}`));
  }
}

export const guard = new Guard();
