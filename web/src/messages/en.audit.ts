// Texts of the auditors' pages.
import type { Text } from './en';

const audit = {
  'audit.title': 'For auditors',
  'audit.text': 'Nobody has to sign in, and nothing of a child is behind any of this.',
  'audit.files': 'What is published',
  'audit.interface': 'The interface (OpenAPI)',
  'audit.product': 'What the maker says of the product',
  'audit.contact': 'Whom to tell of a hole',
  'audit.offline': 'Check it without this browser',
  'audit.offlineText': 'These commands fetch the log’s files and check them all, offline, with a program that shares nothing with the server.',
  'audit.evidence': 'An operator hands over the evidence pack: “treehouse evidence”. “treehouse-audit evidence” checks it.',
  'audit.controls': 'What the law asks, and what shows it',
  'audit.controlsText': 'Each row names the tests that show it; they run in “cargo xtask test”. This is no legal advice, and a test shows only what it does. The rows are in English.',
  'audit.show': 'Show',
  'audit.done': 'Done',
  'audit.not-applicable': 'Doesn’t apply',
  'audit.open': 'Open',
};

export type AuditKey = keyof typeof audit;
export default audit as Record<AuditKey, Text>;
