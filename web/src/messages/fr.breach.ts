import type { Text } from './en';
import type { BreachKey } from './en.breach';

const breach: Record<BreachKey, Text> = {
  'pub.breaches': 'Avis de vol de données',
  'breach.title': 'Si quelque chose a été volé',
  'breach.none': 'À notre connaissance, rien n’a été volé',
  'breach.noneText': 'Aucun vol n’a jamais été annoncé ici. S’il y en a un, il figure sur cette page et son empreinte dans le registre public : personne ne peut le changer ou le retirer sans que cela se voie.',
  'breach.one': 'Vol du {date}',
  'breach.when': 'Quand',
  'breach.span': 'Du {from} au {to}',
  'breach.aware': 'Quand nous l’avons remarqué',
  'breach.told': 'Quand nous vous l’avons dit',
  'breach.done': 'Ce que nous avons fait',
  'breach.got': 'Ce qui a été pris',
  'breach.got.released': 'Des données scellées, remises par le réseau. Seul qui détient une clé avec votre permission peut les lire.',
  'breach.got.released-with-keys': 'Des données et les clés qui les ouvrent. Considérez qu’elles ont été lues.',
  'breach.got.database': 'Une copie de la base de données. Ce que font les enfants y est scellé, et ce qui a été pris ne l’ouvre pas.',
  'breach.readable': 'Lisible par qui l’a',
  'breach.sealed': 'Illisible sans clé : c’est scellé',
  'breach.nothing': 'Rien',
  'breach.families': { one: '{n} famille est concernée, d’après le registre.', other: '{n} familles sont concernées, d’après le registre.' },
  'breach.own': 'Votre famille',
  'breach.ownNone': 'Votre famille n’est pas concernée',
  'breach.ownNoneText': 'Le registre de votre famille ne contient rien de ce vol pendant ce temps. Ce navigateur a regardé lui-même ; le serveur ne sait pas que vous avez demandé.',
  'breach.ownErased': 'Ce que vous avez effacé depuis n’est plus dans votre registre, et ne peut plus y être cherché.',
  'breach.ownSome': 'Votre famille est concernée',
  'breach.ownDatabase': 'Les données de votre famille sont dans cette copie, scellées comme ci-dessus.',
  'breach.ownLine': '{child} : {what}, remis {n} fois, de {from} à {to}',
  'breach.ownDo': 'Regardez qui peut voir quoi, mettez fin à ce que vous ne voulez pas et choisissez un nouveau mot de passe.',
  'breach.signIn': 'Connectez-vous pour voir si votre famille est concernée.',
  'breach.home': 'Quelque chose a été volé à ce service',
  'breach.homeText': 'Regardez si votre famille est concernée : cela prend un instant.',
  'breach.open': 'Avis de vol de données',
};

export default breach;
