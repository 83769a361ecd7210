import type { Trouble } from '../core/api';
import { t } from './i18n.svelte';
import type { Key } from '../messages/en';

const KINDS = [
  'unreachable', 'other-keys', 'impostor', 'swapped', 'wrong-password', 'locked', 'not-now', 'refused',
  'unproven', 'invalid', 'picture', 'recording', 'local', 'limit', 'lost',
];

/** The core's account of what it threw, if the core threw it. */
export function troubleOf(thrown: unknown): Trouble | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const trouble = (thrown as { trouble?: Trouble }).trouble;
  return trouble && KINDS.includes(trouble.kind) ? trouble : undefined;
}

/** Whether nobody should go on: another server answers, or this device has lost what it knew of it. */
export function isGrave(thrown: unknown): boolean {
  return ['other-keys', 'impostor', 'local'].includes(troubleOf(thrown)?.kind ?? '');
}

/** What went wrong, and what to do, in the reader's language. */
export function explain(value: unknown): string {
  const trouble = troubleOf(value);
  if (!trouble) return t('wrong');
  if (trouble.retryAfterS) return t('trouble.slow', { n: Math.ceil(trouble.retryAfterS / 60) });
  if (trouble.status === 410) return t('trouble.gone');
  if (trouble.status === 422) return t('trouble.invalid');
  return t(`trouble.${trouble.kind}` as Key);
}

/** The technical words, for the details. */
export function details(value: unknown): string {
  const trouble = troubleOf(value);
  if (trouble) return [trouble.status, trouble.title, trouble.text].filter(Boolean).join(' · ');
  return value instanceof Error ? value.message : String(value);
}
