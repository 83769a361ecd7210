import { mount } from 'svelte';
import './kit/base.css';
import Audit from './audit/Audit.svelte';
import { keepFocus } from './lib/focus';
import { guard } from './lib/guard.svelte';
import { startLanguage } from './lib/i18n.svelte';
import * as look from './lib/look.svelte';

look.show();
keepFocus();
await startLanguage();
mount(Audit, { target: document.getElementById('app') as HTMLElement });
guard.start();
