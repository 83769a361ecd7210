import type { Text } from './en';
import type { ShareKey } from './en.share';

const share: Record<ShareKey, Text> = {
  'share.open': 'Partager en famille',
  'share.text': 'Le lien ne contient ni image ni nom. Il ne s’ouvre que pour les responsables ci-dessus, une fois connectés.',
  'share.see': 'Qui peut la voir',
  'share.nobody': 'Aucun jouet et aucun service ne peut la lire.',
  'share.alone': 'Personne d’autre ne s’occupe encore de {name} ici. Vous pouvez inviter un responsable dans les réglages.',
  'share.send': 'Envoyer le lien',
  'share.copy': 'Copier le lien',
  'share.copied': 'Copié. Seule votre famille peut l’ouvrir.',
  'share.copyFailed': 'Le navigateur ne permet pas de copier. Sélectionnez le lien et copiez-le à la main.',
  'share.closed': 'Une seule famille peut ouvrir ceci',
  'share.closedText': 'Ce lien mène à l’album d’une famille. Il s’ouvre pour les responsables de cette famille et pour personne d’autre : l’exploitant n’en a pas la clé.',
  'share.closedOther': 'Ce n’est pas dans l’album de votre famille.',
  'share.gone': 'Ce n’est plus là',
  'share.goneText': 'Ce que montrait ce lien a été supprimé. Personne ne peut le faire revenir.',
  'share.album': 'Vers l’album',
};

export default share;
