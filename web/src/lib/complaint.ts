// A complaint to the operator. It goes past the core, and without a session: staff reads it, and learns no
// more of who wrote it than stands in it.
import type { Trouble } from '../core/api';
import type { Shape } from './server';

/** Characters that a text must have; the server counts them alike. */
export const CHARS = { min: 10, max: 4000 };

/** A text as the server takes it: lines end in one way, and nothing else in it is a control sign. */
export const plainOf = (text: string) => text.replace(/\r\n?/g, '\n').replace(/(?!\n)\p{Cc}/gu, ' ').trim();

export function fits(text: string): boolean {
  const chars = [...plainOf(text)].length;
  return chars >= CHARS.min && chars <= CHARS.max;
}

const thrown = (trouble: Trouble) => Object.assign(new Error(trouble.text), { trouble });

/** Sends it; answers its number. */
export async function complain(text: string, email: string): Promise<string> {
  const body: Shape<'Complaint'> = { text: plainOf(text), ...(email && { email }) };
  const headers = { 'content-type': 'application/json' };
  let answer: Response;
  try {
    answer = await fetch('/v1/complaints', { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit' });
  } catch {
    throw thrown({ kind: 'unreachable', text: '' });
  }
  if (answer.ok) return ((await answer.json()) as Shape<'ComplaintTaken'>).complaint;
  const problem = (await answer.json().catch(() => ({}))) as Partial<Shape<'Problem'>>;
  const { title, detail, retry_after_s: wait } = problem;
  throw thrown({ kind: 'refused', text: detail ?? '', status: answer.status, title, ...(wait && { retryAfterS: wait }) });
}
