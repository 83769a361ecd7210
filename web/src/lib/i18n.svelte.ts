import type { Key, Messages, Text } from '../messages/en';

export const LANGUAGES = { en: 'English', fr: 'Français', es: 'Español', de: 'Deutsch', ar: 'العربية' };
export type Language = keyof typeof LANGUAGES;

const KEPT = 'treehouse.language';
const load: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import('../messages/en'),
  fr: () => import('../messages/fr'),
  es: () => import('../messages/es'),
  de: () => import('../messages/de'),
  ar: () => import('../messages/ar'),
};

let language = $state<Language>('en');
let messages = $state.raw<Messages>({} as Messages);
let plurals = new Intl.PluralRules('en');

function isLanguage(text: string | null | undefined): text is Language {
  return !!text && Object.hasOwn(LANGUAGES, text);
}

/** What was chosen before, else the first language of the browser that there is. */
function wanted(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  const known = navigator.languages.map((tag) => tag.split('-')[0]).find(isLanguage);
  return known ?? 'en';
}

export const startLanguage = () => show(wanted());

export async function setLanguage(to: Language): Promise<void> {
  localStorage.setItem(KEPT, to);
  await show(to);
}

async function show(to: Language): Promise<void> {
  messages = (await load[to]()).default;
  plurals = new Intl.PluralRules(to);
  language = to;
  document.documentElement.lang = to;
  document.documentElement.dir = to === 'ar' ? 'rtl' : 'ltr';
}

export const currentLanguage = () => language;

/** The text of a key in the language shown; `n` picks the form and is written as a number. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text: Text = messages[key] ?? key;
  const template = typeof text === 'string' ? text : form(text, Number(values.n ?? 0));
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? number(value) : value;
  });
}

function form(forms: Exclude<Text, string>, n: number): string {
  const exact = n === 0 ? forms.zero : undefined;
  return exact ?? forms[plurals.select(n)] ?? forms.other ?? '';
}

export const number = (value: number) => new Intl.NumberFormat(language).format(value);

/** A day and a time as one says them: short for today, longer the older it is. */
export function moment(ms: number, nowMs = Date.now()): string {
  const at = new Date(ms);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  const day = { day: 'numeric', month: 'short' } as const;
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  if (sameDay) return new Intl.DateTimeFormat(language, time).format(at);
  const sameYear = at.getFullYear() === new Date(nowMs).getFullYear();
  const parts = sameYear ? { ...day, ...time } : ({ ...day, year: 'numeric' } as const);
  return new Intl.DateTimeFormat(language, parts).format(at);
}

export const dateOf = (ms: number) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(new Date(ms));

/** A day that the protocol counts from 1970-01-01. */
export const dayOf = (day: number) =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(day * 86_400_000);

/** A minute of the day, as a clock shows it. */
export const clockOf = (minute: number) =>
  new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: 'UTC' }).format(minute * 60_000);

/** A day of the week, Monday being 0. */
export const weekdayOf = (day: number) =>
  new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format((day + 4) * 86_400_000);

export const listOf = (words: string[]) =>
  new Intl.ListFormat(language, { type: 'conjunction' }).format(words);
