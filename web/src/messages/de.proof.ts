import type { Text } from './en';
import type { ProofKey } from './en.proof';

const proof: Record<ProofKey, Text> = {
  'guard.refused': 'Der Server bietet ein anderes Programm an, das nicht im öffentlichen Protokoll steht. Dieser Browser weist es ab und behält das vorige. Sagen Sie es dem Betreiber, und anderen.',
  'guard.kept': 'Dieser Browser führt nichts anderes aus, bis es im Protokoll steht.',
  'pass.title': 'Passkey',
  'pass.text': 'Öffnet Ihre Schlüssel per Fingerabdruck, Gesicht oder PIN, wenn die Seite neu geladen wurde, ohne Passwort.',
  'pass.on': 'Ein Passkey öffnet Ihre Schlüssel auf diesem Gerät.',
  'pass.add': 'Passkey hinzufügen',
  'pass.remove': 'Entfernen',
  'pass.added': 'Hinzugefügt. Nächstes Mal genügt Finger oder Gesicht.',
  'pass.without': 'Dieser Passkey kann kein Geheimnis halten. Passwort und Notfallbogen öffnen Ihre Schlüssel weiterhin.',
  'pass.unlock': 'Mit Passkey entsperren',

  'log.title': 'Das öffentliche Protokoll',
  'log.text': 'Alle dürfen nachsehen: was hier veröffentlicht ist und wer aufpasst. Ihr Browser hat es eben geprüft.',
  'log.entries': { one: '{n} Eintrag', other: '{n} Einträge' },
  'log.seen': 'Gesehen von {n} von {of} Zeugen',
  'log.unseen': 'Noch passt kein Zeuge auf: Es ist nur ein Tagebuch',
  'log.published': 'Was jetzt gilt',
  'log.version': 'Fassung {n}, seit {date}',
  'log.head': 'Prüfpunkt',
  'log.key': 'Schlüssel des Protokolls',
  'log.keys': 'Schlüssel der Zeugen',
  'log.compare': 'Vergleichen Sie mit dem, was andere sehen.',
  'log.open': 'Das öffentliche Protokoll ansehen',
  'pub.bundle': 'Die App',
  'pub.registers': 'Die Register des Betreibers',
  'pub.direct': 'Hinweis vor der Einwilligung',
  'pub.online': 'Hinweis für alle',
  'pub.voluntary': 'Hinweis bei freiwilligem Kontakt',
  'pub.contact': 'Hinweis bei mehrfachem Kontakt',
  'pub.safety': 'Hinweis zur Sicherheit eines Kindes',
  'pub.child': 'Hinweis für Kinder',
  'pub.forms': 'Formulare',
};

export default proof;
