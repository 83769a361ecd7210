// The notice that a guardian consents to, as the server generates it.
import type { Shape } from './server';

export type Notice = Shape<'NoticeAnswer'>;

/** Notices are written in fewer languages than the app: who reads another one gets English. */
const FALLBACK = 'en';
const WRITTEN = [FALLBACK, 'fr', 'es', 'de'];
export const writtenFor = (lang: string) => (WRITTEN.includes(lang) ? lang : FALLBACK);

/** Where the online notice stands, as a page that needs no script. */
export function noticeAddress(lang: string): string {
  return `/notice/online.html?lang=${writtenFor(lang)}`;
}

interface Asked {
  /** A version by its number; else the one that counts now. */
  version?: number;
  /** The hash of an earlier version. */
  since?: string;
}

export async function fetchNotice(
  kind: 'online' | 'direct' | 'child',
  lang: string,
  { version, since }: Asked = {},
): Promise<Notice> {
  const asked = new URLSearchParams({ lang: writtenFor(lang) });
  if (version) asked.set('version', String(version));
  if (since) asked.set('since', since);
  const answer = await fetch(`/v1/notices/${kind}?${asked}`);
  if (!answer.ok) throw new Error(`notice: ${answer.status}`);
  return (await answer.json()) as Notice;
}

/** The hash of everything that the server serves as this app, if it says one. */
export async function fetchBundle(): Promise<string | undefined> {
  try {
    const answer = await fetch('/v1/bundle');
    if (!answer.ok) return undefined;
    const { sha256 } = (await answer.json()) as { sha256?: unknown };
    return typeof sha256 === 'string' ? sha256 : undefined;
  } catch {
    return undefined;
  }
}
