// Limits in words, and minutes of the day as people write them.
import type { LocalTime, PlayKind, Verdict } from '../core/api';
import { clockOf, t } from './i18n.svelte';

export const PLAY_KINDS: PlayKind[] = ['pictures', 'play', 'learn', 'watch', 'chat'];

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What the clock of this device shows. */
export function localNow(): LocalTime {
  const now = new Date();
  const localMs = now.getTime() - now.getTimezoneOffset() * MINUTE_MS;
  return [Math.floor(localMs / DAY_MS), now.getHours() * 60 + now.getMinutes()];
}

/** `20:15` of a field for a time; nothing if it's empty. */
export function minuteOf(written: string): number | undefined {
  const found = /^(\d\d):(\d\d)/.exec(written);
  return found ? Number(found[1]) * 60 + Number(found[2]) : undefined;
}

export function written(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Why not now. */
export function refusal(verdict: Verdict): string {
  return t(`toy.limit.${verdict.why ?? 'day'}`, { time: clockOf(verdict.until ?? 0) });
}

/** What the limits say, in a few words. */
export function said(verdict: Verdict): string {
  if (!verdict.yes) return refusal(verdict);
  return verdict.left == null ? t('limits.free') : t('toy.left', { n: verdict.left });
}
