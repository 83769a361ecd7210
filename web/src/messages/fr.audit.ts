import type { Text } from './en';
import type { AuditKey } from './en.audit';

const audit: Record<AuditKey, Text> = {
  'audit.title': 'Pour les auditeurs',
  'audit.text': 'Personne n’a à se connecter, et rien d’un enfant ne se trouve derrière tout ceci.',
  'audit.files': 'Ce qui est publié',
  'audit.interface': 'L’interface (OpenAPI)',
  'audit.product': 'Ce que le fabricant dit du produit',
  'audit.contact': 'À qui signaler une faille',
  'audit.offline': 'Vérifier sans ce navigateur',
  'audit.offlineText': 'Ces commandes récupèrent les fichiers du registre et les vérifient tous, hors ligne, avec un programme qui ne partage rien avec le serveur.',
  'audit.evidence': 'L’opérateur remet le dossier de preuves : « treehouse evidence ». « treehouse-audit evidence » le vérifie.',
  'audit.controls': 'Ce que la loi demande, et ce qui le montre',
  'audit.controlsText': 'Chaque ligne nomme les tests qui la montrent ; ils tournent dans « cargo xtask test ». Ceci n’est pas un conseil juridique, et un test ne montre que ce qu’il fait. Les lignes sont en anglais.',
  'audit.show': 'Afficher',
  'audit.done': 'Fait',
  'audit.not-applicable': 'Sans objet',
  'audit.open': 'Ouvert',
};

export default audit;
