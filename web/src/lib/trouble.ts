import type { Trouble } from '../core/api';
import { t } from './i18n.svelte';
import type { Key } from '../messages/en';

const KINDS = [
  'unreachable', 'impostor', 'wrong-password', 'locked', 'not-now', 'refused', 'unproven',
  'invalid', 'picture', 'local',
];

export function isTrouble(value: unknown): value is Trouble {
  return typeof value === 'object' && value !== null && KINDS.includes((value as Trouble).kind);
}

/** What went wrong, and what to do, in the reader's language. */
export function explain(value: unknown): string {
  if (!isTrouble(value)) return t('wrong');
  if (value.retryAfterS) return t('trouble.slow', { n: Math.ceil(value.retryAfterS / 60) });
  if (value.status === 410) return t('trouble.gone');
  return t(`trouble.${value.kind}` as Key);
}

/** The technical words, for the details. */
export function details(value: unknown): string {
  if (isTrouble(value)) return [value.status, value.title, value.text].filter(Boolean).join(' · ');
  return value instanceof Error ? value.message : String(value);
}
