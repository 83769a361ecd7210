import type { Text } from './en';
import type { BreachKey } from './en.breach';

const breach: Record<BreachKey, Text> = {
  'pub.breaches': 'Mitteilungen über Diebstähle',
  'breach.title': 'Falls etwas gestohlen wurde',
  'breach.none': 'Soweit wir wissen, wurde nichts gestohlen',
  'breach.noneText': 'Hier wurde noch nie ein Diebstahl mitgeteilt. Geschieht es, steht es auf dieser Seite und sein Fingerabdruck im öffentlichen Protokoll: Niemand kann es heimlich ändern oder zurücknehmen.',
  'breach.one': 'Diebstahl vom {date}',
  'breach.when': 'Wann',
  'breach.span': 'Von {from} bis {to}',
  'breach.aware': 'Wann wir es bemerkten',
  'breach.told': 'Wann wir es Ihnen sagten',
  'breach.done': 'Was wir getan haben',
  'breach.got': 'Was genommen wurde',
  'breach.got.released': 'Versiegelte Daten, über das Netz herausgegeben. Nur wer mit Ihrer Erlaubnis einen Schlüssel hat, kann sie lesen.',
  'breach.got.released-with-keys': 'Daten und die Schlüssel, die sie öffnen. Gehen Sie davon aus, dass sie gelesen wurden.',
  'breach.got.database': 'Eine Kopie der Datenbank. Was Kinder machen, ist darin versiegelt, und was genommen wurde, öffnet es nicht.',
  'breach.readable': 'Kann lesen, wer es hat',
  'breach.sealed': 'Kann ohne Schlüssel niemand lesen: Es ist versiegelt',
  'breach.nothing': 'Nichts',
  'breach.families': { one: '{n} Familie ist betroffen, soweit das Protokoll es sagt.', other: '{n} Familien sind betroffen, soweit das Protokoll es sagt.' },
  'breach.own': 'Ihre Familie',
  'breach.ownNone': 'Ihre Familie ist nicht betroffen',
  'breach.ownNoneText': 'Im Protokoll Ihrer Familie steht für diese Zeit nichts von diesem Diebstahl. Dieser Browser hat selbst nachgesehen; der Server weiß nicht, dass Sie gefragt haben.',
  'breach.ownErased': 'Was Sie seitdem gelöscht haben, steht nicht mehr im Protokoll; danach kann niemand suchen.',
  'breach.ownSome': 'Ihre Familie ist betroffen',
  'breach.ownDatabase': 'Die Daten Ihrer Familie sind in dieser Kopie, versiegelt wie oben beschrieben.',
  'breach.ownLine': '{child}: {what}, {n}-mal herausgegeben, {from} bis {to}',
  'breach.ownDo': 'Sehen Sie nach, wer was sehen kann, beenden Sie, was Sie nicht wollen, und wählen Sie ein neues Passwort.',
  'breach.signIn': 'Melden Sie sich an, um zu sehen, ob Ihre Familie betroffen ist.',
  'breach.home': 'Diesem Dienst wurde etwas gestohlen',
  'breach.homeText': 'Sehen Sie nach, ob Ihre Familie betroffen ist: Es dauert einen Augenblick.',
  'breach.open': 'Mitteilungen über Diebstähle',
};

export default breach;
