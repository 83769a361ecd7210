// The log publishes what happened within minutes. A link that isn't there at once is on its way;
// one that was missed for longer is a reason to worry. Only numbers and times are kept.
const KEPT = 'treehouse.awaited';
const GRACE_MS = 10 * 60_000;

/** Which of a family's unlogged links have been missed for too long on this device. */
export function overdue(family: string, unlogged: number[], nowMs = Date.now()): number[] {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Record<string, number>;
  const awaited: Record<string, number> = {};
  for (const link of unlogged) {
    const name = `${family.slice(0, 8)} ${link}`;
    awaited[name] = Math.min(kept[name] ?? nowMs, nowMs);
  }
  localStorage.setItem(KEPT, JSON.stringify(awaited));
  return unlogged.filter((link) => nowMs - (awaited[`${family.slice(0, 8)} ${link}`] ?? nowMs) > GRACE_MS);
}
