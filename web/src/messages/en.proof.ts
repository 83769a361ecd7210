// Texts about what is proven: the program that runs, passkeys, the public log.
import type { Text } from './en';

const proof = {
  'guard.refused': 'The server offers another program that isn’t in the public log. This browser refuses it and runs the one before. Tell the operator, and others.',
  'guard.kept': 'This browser runs nothing else until the log holds it.',
  'pass.title': 'Passkey',
  'pass.text': 'Opens your keys by fingerprint, face or PIN after the page was reloaded, without the password.',
  'pass.on': 'A passkey opens your keys on this device.',
  'pass.add': 'Add a passkey',
  'pass.remove': 'Remove',
  'pass.added': 'Added. Next time your finger or face is enough.',
  'pass.without': 'This passkey can’t hold a secret. Your password and your kit still open your keys.',
  'pass.unlock': 'Unlock with a passkey',

  'change.title': 'What changed since version {n}',
  'change.new': 'New:',
  'change.gone': 'Gone:',
  'change.none': 'Its words are the same.',
  'change.waits': 'Waiting for you: {toys}',
  'change.waitsText': 'More is done with this than you agreed to: {kinds}. Until you agree, nothing new of it is stored.',
  'change.waitsHome': 'The notice has changed, and asks for more than you agreed to.',
  'change.read': 'Read what is new',
  'change.agree': 'I have read this, and agree',
  'change.orNot': 'You need not agree. What you don’t agree to stays off, and everything else goes on.',
  'change.readFirst': 'The notice is new: read it first',
  'change.agreed': 'Agreed. Your toys go on.',

  'log.title': 'The public log',
  'log.text': 'Everybody may look: what was published here, and who watches. Your browser has checked it just now.',
  'log.entries': { one: '{n} entry', other: '{n} entries' },
  'log.seen': 'Seen by {n} of {of} witnesses',
  'log.unseen': 'No witness watches yet: the log is only a diary',
  'log.published': 'What counts now',
  'log.version': 'Version {n}, since {date}',
  'log.head': 'Checkpoint',
  'log.key': 'Key of the log',
  'log.keys': 'Keys of the witnesses',
  'log.compare': 'Compare these with what others see.',
  'log.open': 'Look at the public log',
  'pub.bundle': 'The app',
  'pub.registers': 'The operator’s registers',
  'pub.direct': 'Notice before consent',
  'pub.online': 'Notice for everybody',
  'pub.voluntary': 'Notice of voluntary contact',
  'pub.contact': 'Notice of repeated contact',
  'pub.safety': 'Notice for a child’s safety',
  'pub.child': 'Notice for children',
  'pub.forms': 'Forms',
};

export type ProofKey = keyof typeof proof;
export default proof as Record<ProofKey, Text>;
