// What families are told of breaches.
import type { Text } from './en';

const breach = {
  'pub.breaches': 'Notices of breaches',
  'breach.title': 'If something was stolen',
  'breach.none': 'Nothing was stolen that we know of',
  'breach.noneText': 'No notice of a breach was ever published here. If one is, it stands on this page, and its hash in the public log: nobody can change it or take it back unseen.',
  'breach.one': 'Breach of {date}',
  'breach.when': 'When',
  'breach.span': 'From {from} until {to}',
  'breach.aware': 'When we noticed',
  'breach.told': 'When we told you',
  'breach.done': 'What we did',
  'breach.got': 'What was taken',
  'breach.got.released': 'Sealed data, handed out over the network. Only who holds a key by your permission can read it.',
  'breach.got.released-with-keys': 'Data and the keys that open it. You must take it as read.',
  'breach.got.database': 'A copy of the database. What children make is sealed in it, and what was taken doesn’t open it.',
  'breach.readable': 'Can be read by who has it',
  'breach.sealed': 'Can’t be read without a key: it is sealed',
  'breach.nothing': 'Nothing',
  'breach.families': { one: '{n} family is concerned, as far as the log tells.', other: '{n} families are concerned, as far as the log tells.' },
  'breach.own': 'Your family',
  'breach.ownNone': 'Your family isn’t concerned',
  'breach.ownNoneText': 'Your family’s own log has nothing of this theft in that time. This browser has looked itself; the server doesn’t know that you asked.',
  'breach.ownErased': 'What you have erased since isn’t in your log any more, and can’t be looked for.',
  'breach.ownSome': 'Your family is concerned',
  'breach.ownDatabase': 'Your family’s data are in that copy, sealed as above.',
  'breach.ownLine': { one: '{child}: {what}, handed out {n} time, {from} to {to}', other: '{child}: {what}, handed out {n} times, {from} to {to}' },
  'breach.ownDo': 'Look at who can see what, end what you don’t want, and choose a new password.',
  'breach.signIn': 'Sign in to see whether your family is concerned.',
  'breach.home': 'Something was stolen from this service',
  'breach.homeText': 'Look whether your family is concerned: it takes a moment.',
  'breach.open': 'Notices of breaches',
} satisfies Record<string, Text>;

export type BreachKey = keyof typeof breach;
export default breach;
