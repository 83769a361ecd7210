import type { Text } from './en';
import type { ProofKey } from './en.proof';

const proof: Record<ProofKey, Text> = {
  'guard.refused': 'Le serveur propose un autre programme qui n’est pas dans le registre public. Ce navigateur le refuse et garde celui d’avant. Dites-le à l’opérateur, et aux autres.',
  'guard.kept': 'Ce navigateur n’exécute rien d’autre tant que le registre ne le contient pas.',
  'pass.title': 'Clé d’accès',
  'pass.text': 'Ouvre vos clés par empreinte, visage ou code après un rechargement, sans mot de passe.',
  'pass.on': 'Une clé d’accès ouvre vos clés sur cet appareil.',
  'pass.add': 'Ajouter une clé d’accès',
  'pass.remove': 'Retirer',
  'pass.added': 'Ajoutée. La prochaine fois, le doigt ou le visage suffit.',
  'pass.without': 'Cette clé d’accès ne peut pas garder de secret. Votre mot de passe et votre feuille de secours ouvrent toujours vos clés.',
  'pass.unlock': 'Déverrouiller avec une clé d’accès',

  'log.title': 'Le registre public',
  'log.text': 'Tout le monde peut regarder : ce qui est publié ici, et qui surveille. Votre navigateur vient de le vérifier.',
  'log.entries': { one: '{n} entrée', other: '{n} entrées' },
  'log.seen': 'Vu par {n} témoins sur {of}',
  'log.unseen': 'Aucun témoin ne surveille encore : ce n’est qu’un carnet',
  'log.published': 'Ce qui compte maintenant',
  'log.version': 'Version {n}, depuis le {date}',
  'log.head': 'Point de contrôle',
  'log.key': 'Clé du registre',
  'log.keys': 'Clés des témoins',
  'log.compare': 'Comparez avec ce que voient les autres.',
  'log.open': 'Voir le registre public',
  'pub.bundle': 'L’application',
  'pub.registers': 'Les registres de l’opérateur',
  'pub.direct': 'Notice avant le consentement',
  'pub.online': 'Notice pour tous',
  'pub.voluntary': 'Notice de contact volontaire',
  'pub.contact': 'Notice de contacts répétés',
  'pub.safety': 'Notice pour la sécurité d’un enfant',
  'pub.child': 'Notice pour les enfants',
  'pub.forms': 'Formulaires',
};

export default proof;
