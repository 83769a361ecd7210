// Texts about pointing each other at a picture of the album.
import type { Text } from './en';

const share = {
  'share.open': 'Share in the family',
  'share.text': 'The link holds no picture and no name. It opens only for those above who are guardians, after they have signed in.',
  'share.see': 'Who can see it',
  'share.nobody': 'No toy and no service can read it.',
  'share.alone': 'Nobody else looks after {name} here yet. You can invite a guardian in the settings.',
  'share.send': 'Send the link',
  'share.copy': 'Copy link',
  'share.copied': 'Copied. Only your family can open it.',
  'share.copyFailed': 'The browser doesn’t let it be copied. Mark the link and copy it by hand.',
  'share.closed': 'Only one family can open this',
  'share.closedText': 'This link leads into a family’s album. It opens for the guardians of that family and for nobody else: the operator has no key to it.',
  'share.closedOther': 'It isn’t in the album of your family.',
  'share.gone': 'It is gone',
  'share.goneText': 'What this link led to was deleted. Nobody can bring it back.',
  'share.album': 'To the album',
} satisfies Record<string, Text>;

export type ShareKey = keyof typeof share;
export default share;
