// What things and people are called on the screen.
import type { LogLine } from '../core/api';
import type { Key } from '../messages/en';
import { t } from './i18n.svelte';
import { session } from './session.svelte';

/** Fewer characters of a key don't tell whose it is. */
const KEY_CHARS_LEAST = 8;

export const childName = (id: string | undefined) => session.child(id)?.nickname ?? t('child.unnamed');

export function toyName(key: string): string {
  return session.toy(key)?.name ?? t('toys.unnamed', { key: key.slice(0, 4).toUpperCase() });
}

/** Who did what a line of the log tells: a toy by its name, oneself as "you". */
export function whoOf(line: LogLine): string {
  const [kind = '', named = ''] = line.who.split(/[ :]/);
  const key = named.length >= KEY_CHARS_LEAST ? named : undefined;
  const toy = session.family?.toys.find((one) => key && one.key.startsWith(key));
  if (toy) return toyName(toy.key);
  const guardian = session.family?.guardians.find((one) => key && one.key.startsWith(key));
  if (guardian?.self || (key && key === session.standing.account)) return t('you');
  const known: Record<string, Key> = {
    toy: 'who.toy', guardian: 'who.guardian', steward: 'who.steward', service: 'who.service', server: 'who.server',
  };
  const word = known[kind];
  return word ? t(word) : line.who;
}

/** Links of the chain that have words of their own. */
const TOLD = new Set([
  'genesis', 'guardian-add', 'guardian-remove', 'device-add', 'device-remove', 'child-add', 'key-version',
  'grant', 'revoke', 'recovery-set', 'policy', 'erase', 'purge', 'recover',
]);

/** A line of the log in plain words. */
export function sentenceOf(line: LogLine): string {
  const values = {
    who: whoOf(line),
    what: line.category ? t(`cat.${line.category}`) : t('act.something'),
    child: line.child ? childName(line.child) : t('act.aChild'),
  };
  if (line.what === 'release') return t(line.child ? 'act.release' : 'act.releasePlain', values);
  if (line.what === 'link') {
    const [type = ''] = line.facts;
    return t(TOLD.has(type) ? (`act.link.${type}` as Key) : 'act.link', values);
  }
  if (line.what === 'erasure') return t('act.erasure', values);
  if (line.what === 'attestation') return t('act.verification');
  if (line.what === 'publication') return t('act.publication');
  if (line.what === 'act') return t('act.staff', { ...values, what: line.facts[0] ?? '' });
  return t('act.other', { ...values, what: line.what });
}

/** Whether something sealed went to anybody but the family's own devices. */
export const isForeign = (line: LogLine) =>
  line.what === 'release' && !/^(toy|guardian)/.test(line.who);
