// Consents that the newest notice goes beyond: a guardian is asked again, for just these.
import type { Family, Grant } from '../core/api';
import { fetchNotice, type Notice } from './notice';

export interface Outdated {
  notice: Notice;
  /** The earliest version that one of them was given to. */
  since: number;
  grants: Grant[];
}

/** What was consented to for toys, and must be agreed to again; `undefined` if nothing must. */
export async function outdated(family: Family, lang: string): Promise<Outdated | undefined> {
  const toys = new Set(family.toys.map((toy) => toy.key));
  const all = family.children.flatMap((child) => child.grants).filter((grant) => toys.has(grant.grantee));
  const notice = await fetchNotice('direct', lang);
  const current = new Set(all.filter((grant) => grant.notice === notice.hash).map(allows));
  const old = all.filter((grant) => grant.notice !== notice.hash && !current.has(allows(grant)));
  const due: Outdated = { notice, since: notice.version, grants: [] };
  for (const hash of new Set(old.map((grant) => grant.notice))) {
    const { since } = await fetchNotice('direct', lang, { since: hash });
    const asked = old.filter(
      (grant) => grant.notice === hash && grant.categories.some((category) => since?.asks_again.includes(category)),
    );
    if (!asked.length || !since) continue;
    due.grants.push(...asked);
    due.since = Math.min(due.since, since.version);
  }
  return due.grants.length ? due : undefined;
}

/** What a grant allows, whichever notice it names. */
const allows = ({ child, categories, grantee, rights, purpose }: Grant) =>
  JSON.stringify([child, categories, grantee, rights, purpose]);

/** Of several grants that allow the same, the newest. */
export const distinct = (grants: Grant[]) => [...new Map(grants.map((grant) => [allows(grant), grant])).values()];
