import type { Text } from './en';
import type { AskKey } from './en.ask';

const ask: Record<AskKey, Text> = {
  'begin.method.questions': 'Mit Fragen',
  'begin.method.questionsText': 'Beantworten Sie, was nur Sie wissen, etwa wo Sie einmal gewohnt haben. Dauert wenige Minuten.',
  'begin.method.government-id': 'Mit einem Ausweis',
  'begin.method.government-idText': 'Zeigen Sie ihn einem Prüfdienst, der ihn sofort löscht.',
  'begin.method.face-match': 'Mit Ausweis und Gesicht',
  'begin.method.face-matchText': 'Zeigen Sie beides einem Prüfdienst. Zwei Menschen vergleichen es, dann wird es gelöscht.',
  'begin.cardTitle': 'Zahlen Sie mit der Karte',
  'begin.cardText': 'Auf der Seite eines Zahlungsdienstes zahlen Sie {price}, und wir geben es sofort zurück. Ihre Karte sehen wir nie. Ihre Bank meldet Ihnen die Zahlung.',
  'begin.cardButton': 'Zur Seite, auf der ich zahle',
  'begin.cardWait': 'Diese Seite geht von selbst weiter, sobald Sie gezahlt haben.',
  'begin.cardSoon': 'Die Seite, auf der Sie zahlen, wird vorbereitet.',
  'ask.whoTitle': 'Wer sind Sie?',
  'ask.whoText': 'Ein Prüfdienst stellt Fragen über Sie zusammen. Wir geben dies an ihn weiter und behalten nichts davon.',
  'ask.name': 'Ihr Name',
  'ask.born': 'Ihr Geburtstag',
  'ask.address': 'Ihre Anschrift',
  'ask.whoButton': 'Fragen Sie mich',
  'ask.title': 'Beantworten Sie die Fragen',
  'ask.text': 'Sie haben zehn Minuten und einen Versuch. Weder Fragen noch Antworten werden behalten.',
  'ask.missing': 'Wählen Sie zu jeder Frage eine Antwort.',
  'ask.button': 'Das sind meine Antworten',
  'ask.showTitle': 'Zeigen Sie Ihren Ausweis',
  'ask.showText': 'Ein Prüfdienst vergleicht ihn mit einem Register und löscht ihn sofort. Wir sehen ihn nie.',
  'ask.faceText': 'Ein Prüfdienst vergleicht ihn mit Ihrem Gesicht. Zwei geschulte Menschen sehen sich dort beides an; dann wird es gelöscht. Wir behalten kein Bild.',
  'ask.showButton': 'Die Seite öffnen, auf der ich ihn zeige',
  'ask.showWait': 'Diese Seite geht von selbst weiter, sobald der Dienst geantwortet hat.',
  'ask.showAway': 'Der Prüfdienst ist gerade nicht erreichbar. Wählen Sie einen anderen Weg, oder beginnen Sie später noch einmal.',
  'ask.seen': 'Danke fürs Zeigen',
  'ask.seenText': 'Zwei Menschen vergleichen Ihre Bilder, dann werden sie gelöscht. Sie bekommen einen Brief; diese Seite geht von selbst weiter.',
  'ask.compare': 'Bilder vergleichen',
};

export default ask;
