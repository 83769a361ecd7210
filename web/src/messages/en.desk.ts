// Texts of the stewards’ desk.
import type { Text } from './en';

const desk = {
  'desk.title': 'The stewards’ desk',
  'desk.text': 'Forms and talks of parents, for two trained people each. Nothing here leads to a child’s data, and every act has a reason that the parent can read.',
  'desk.pass': 'Your pass',
  'desk.passHint': '`treehouse steward pass` prints one at the server; it lasts 12 hours.',
  'desk.passMissing': 'Put in your pass.',
  'desk.passWrong': 'This pass doesn’t count, or not any more.',
  'desk.enter': 'Open the desk',
  'desk.refresh': 'Look again',
  'desk.leave': 'Leave',
  'desk.waiting': 'Waiting',
  'desk.none': 'Nothing waits',
  'desk.noneText': 'Whatever parents send comes here.',
  'desk.acts': 'What was done',
  'desk.first': 'Waits for a first person.',
  'desk.second': 'One person recommends it. Another one decides.',
  'desk.scanAlt': 'The form that the parent signed',
  'desk.scanPdf': 'Open the form (PDF)',
  'desk.reason': 'Why',
  'desk.reasonHint': 'A sentence. The parent can read it.',
  'desk.reasonShort': 'Say why, in at least ten characters.',
  'desk.look': 'Look at the form',
  'desk.recommend': 'Recommend',
  'desk.approve': 'Approve',
  'desk.decline': 'Decline',
  'desk.recommended': 'Recommended: another person decides.',
  'desk.approved': 'Approved: the parent is told.',
  'desk.declined': 'Declined: the parent is told why.',
} satisfies Record<string, Text>;

export type DeskKey = keyof typeof desk;
export default desk;
