import { mount } from 'svelte';
import './kit/base.css';
import App from './App.svelte';
import { guard } from './lib/guard.svelte';
import { startLanguage } from './lib/i18n.svelte';
import * as look from './lib/look.svelte';
import { startRouter } from './lib/router.svelte';
import { session } from './lib/session.svelte';

look.show();
startRouter();
void session.start();
await startLanguage();
mount(App, { target: document.getElementById('app') as HTMLElement });
guard.start();
