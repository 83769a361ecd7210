import { mount } from 'svelte';
import './kit/base.css';
import { keepFocus } from './lib/focus';
import { guard } from './lib/guard.svelte';
import { startLanguage } from './lib/i18n.svelte';
import * as look from './lib/look.svelte';
import Simulator from './toy/Simulator.svelte';

look.show();
keepFocus();
await startLanguage();
mount(Simulator, { target: document.getElementById('app') as HTMLElement });
guard.start();
