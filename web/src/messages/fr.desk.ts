import type { Text } from './en';
import type { DeskKey } from './en.desk';

const desk: Record<DeskKey, Text> = {
  'desk.title': 'Le bureau des préposés',
  'desk.text': 'Formulaires et entretiens des parents, chacun pour deux personnes formées. Rien ici ne mène aux données d’un enfant, et chaque acte a un motif que le parent peut lire.',
  'desk.pass': 'Votre laissez-passer',
  'desk.passHint': '`treehouse steward pass` en imprime un sur le serveur ; il dure 12 heures.',
  'desk.passMissing': 'Saisissez votre laissez-passer.',
  'desk.passWrong': 'Ce laissez-passer ne vaut pas, ou plus.',
  'desk.enter': 'Ouvrir le bureau',
  'desk.refresh': 'Regarder à nouveau',
  'desk.leave': 'Quitter',
  'desk.waiting': 'En attente',
  'desk.none': 'Rien n’attend',
  'desk.noneText': 'Ce que les parents envoient arrive ici.',
  'desk.acts': 'Ce qui a été fait',
  'desk.first': 'Attend une première personne.',
  'desk.second': 'Une personne le recommande. Une autre décide.',
  'desk.scanAlt': 'Le formulaire que le parent a signé',
  'desk.scanPdf': 'Ouvrir le formulaire (PDF)',
  'desk.reason': 'Pourquoi',
  'desk.reasonHint': 'Une phrase. Le parent peut la lire.',
  'desk.reasonShort': 'Dites pourquoi, en dix signes au moins.',
  'desk.look': 'Voir le formulaire',
  'desk.recommend': 'Recommander',
  'desk.approve': 'Approuver',
  'desk.decline': 'Refuser',
  'desk.recommended': 'Recommandé : une autre personne décide.',
  'desk.approved': 'Approuvé : le parent est informé.',
  'desk.declined': 'Refusé : le parent apprend pourquoi.',
};

export default desk;
