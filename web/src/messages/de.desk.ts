import type { Text } from './en';
import type { DeskKey } from './en.desk';

const desk: Record<DeskKey, Text> = {
  'desk.title': 'Der Tisch der Betreuer',
  'desk.text': 'Formulare und Gespräche von Eltern, für je zwei geschulte Menschen. Nichts hier führt zu Daten eines Kindes, und jede Handlung hat einen Grund, den die Eltern lesen können.',
  'desk.pass': 'Ihr Ausweis',
  'desk.passHint': '`treehouse steward pass` druckt einen am Server; er gilt 12 Stunden.',
  'desk.passMissing': 'Geben Sie Ihren Ausweis ein.',
  'desk.passWrong': 'Dieser Ausweis gilt nicht, oder nicht mehr.',
  'desk.enter': 'Den Tisch öffnen',
  'desk.refresh': 'Noch einmal nachsehen',
  'desk.leave': 'Verlassen',
  'desk.waiting': 'Es wartet',
  'desk.none': 'Nichts wartet',
  'desk.noneText': 'Was Eltern schicken, kommt hierher.',
  'desk.acts': 'Was getan wurde',
  'desk.first': 'Wartet auf den ersten Menschen.',
  'desk.second': 'Ein Mensch empfiehlt es. Ein anderer entscheidet.',
  'desk.scanAlt': 'Das Formular, das unterschrieben wurde',
  'desk.scanPdf': 'Das Formular öffnen (PDF)',
  'desk.reason': 'Warum',
  'desk.reasonHint': 'Ein Satz. Die Eltern können ihn lesen.',
  'desk.reasonShort': 'Sagen Sie warum, mit mindestens zehn Zeichen.',
  'desk.look': 'Formular ansehen',
  'desk.recommend': 'Empfehlen',
  'desk.approve': 'Zustimmen',
  'desk.decline': 'Ablehnen',
  'desk.recommended': 'Empfohlen: Ein anderer entscheidet.',
  'desk.approved': 'Zugestimmt: Die Eltern erfahren es.',
  'desk.declined': 'Abgelehnt: Die Eltern erfahren, warum.',
};

export default desk;
