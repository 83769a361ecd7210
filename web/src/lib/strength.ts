// How hard a password is to guess, roughly: enough for a hint, no substitute for its length.
export const LEAST = 15;

export type Strength = 'short' | 'weak' | 'good' | 'strong';

const COMMON = /(password|passwort|contraseña|motdepasse|qwert|azerty|12345|abcdef|treehouse|letmein|iloveyou)/i;

export function strengthOf(password: string): Strength {
  const chars = [...password];
  if (chars.length < LEAST) return 'short';
  const different = new Set(chars.map((char) => char.toLowerCase())).size;
  if (different < 6 || COMMON.test(password)) return 'weak';
  return chars.length >= 22 && different >= 10 ? 'strong' : 'good';
}
