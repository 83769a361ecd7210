// The parts of the site with a page of their own; every other address is the guardians' app.
const ENTRIES = ['toy', 'console', 'audit'];

/** The part that an address belongs to, if it isn't the guardians' app. */
export function entryOf(path: string): string | undefined {
  const first = path.split('/')[1]?.replace(/\.html$/, '') ?? '';
  return ENTRIES.includes(first) ? first : undefined;
}
