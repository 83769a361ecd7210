import { mount } from 'svelte';
import './kit/base.css';
import Console from './console/Console.svelte';
import { guard } from './lib/guard.svelte';
import { startLanguage } from './lib/i18n.svelte';
import * as look from './lib/look.svelte';

look.show();
await startLanguage();
mount(Console, { target: document.getElementById('app') as HTMLElement });
guard.start();
