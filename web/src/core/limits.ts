// Limits as they cross to the worker: codes and minutes, in the order of the signed record.
import type { Limits, PlayKind } from './api';

type Packed = [
  day: number | null,
  bedtime: [number, number] | null,
  school: [number, number, number, number[]] | null,
  kinds: [number, number][],
];

const CODES: PlayKind[] = ['pictures', 'play', 'learn', 'watch', 'chat'];
const codeOf = (kind: PlayKind) => CODES.indexOf(kind) + 1;
const kindOf = (code: number) => CODES[code - 1] ?? 'play';

export function packed({ dayMinutes, bedtime, school, kinds }: Limits): Packed {
  return [
    dayMinutes ?? null,
    bedtime ? [bedtime.from, bedtime.until] : null,
    school ? [school.weekdays, school.hours.from, school.hours.until, school.kinds.map(codeOf)] : null,
    kinds.map(({ kind, minutes }) => [codeOf(kind), minutes]),
  ];
}

export function limitsOf(given: unknown): Limits | undefined {
  if (!given) return undefined;
  const [day, bedtime, school, kinds] = given as Packed;
  return {
    ...(day !== null && { dayMinutes: day }),
    ...(bedtime && { bedtime: { from: bedtime[0], until: bedtime[1] } }),
    ...(school && {
      school: { weekdays: school[0], hours: { from: school[1], until: school[2] }, kinds: school[3].map(kindOf) },
    }),
    kinds: kinds.map(([code, minutes]) => ({ kind: kindOf(code), minutes })),
  };
}
