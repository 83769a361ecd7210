import type { Text } from './en';
import type { AskKey } from './en.ask';

const ask: Record<AskKey, Text> = {
  'begin.method.questions': 'Par des questions',
  'begin.method.questionsText': 'Répondez à ce que vous seul pouvez savoir, comme une ancienne adresse. Cela prend quelques minutes.',
  'begin.method.government-id': 'Par une pièce d’identité',
  'begin.method.government-idText': 'Montrez-la à un service de vérification, qui l’efface aussitôt.',
  'begin.method.face-match': 'Par pièce d’identité et visage',
  'begin.method.face-matchText': 'Montrez les deux à un service de vérification. Deux personnes les comparent, puis tout est effacé.',
  'begin.cardTitle': 'Payez par carte',
  'begin.cardText': 'Sur la page d’un service de paiement, vous payez {price}, et nous le rendons aussitôt. Nous ne voyons jamais votre carte. Votre banque vous informe du paiement.',
  'begin.cardButton': 'Ouvrir la page de paiement',
  'begin.cardWait': 'Cette page continue d’elle-même dès que vous avez payé.',
  'begin.cardSoon': 'La page de paiement se prépare.',
  'ask.whoTitle': 'Qui êtes-vous ?',
  'ask.whoText': 'Un service de vérification prépare des questions sur vous. Nous lui transmettons ceci et n’en gardons rien.',
  'ask.name': 'Votre nom',
  'ask.born': 'Votre date de naissance',
  'ask.address': 'Votre adresse',
  'ask.whoButton': 'Posez-moi les questions',
  'ask.title': 'Répondez aux questions',
  'ask.text': 'Vous avez dix minutes et un seul essai. Ni questions ni réponses ne sont gardées.',
  'ask.missing': 'Choisissez une réponse à chaque question.',
  'ask.button': 'Voilà mes réponses',
  'ask.showTitle': 'Montrez votre pièce d’identité',
  'ask.showText': 'Un service de vérification la compare à un registre et l’efface aussitôt. Nous ne la voyons jamais.',
  'ask.faceText': 'Un service de vérification la compare à votre visage. Deux personnes formées y regardent les deux ; puis tout est effacé. Nous ne gardons aucune image.',
  'ask.showButton': 'Ouvrir la page où je la montre',
  'ask.showWait': 'Cette page continue d’elle-même dès que le service a répondu.',
  'ask.showAway': 'Le service de vérification n’est pas joignable. Choisissez une autre voie, ou recommencez plus tard.',
  'ask.seen': 'Merci de l’avoir montrée',
  'ask.seenText': 'Deux personnes comparent vos images, puis elles sont effacées. Vous recevez une lettre ; cette page continue d’elle-même.',
  'ask.compare': 'Comparer les images',
};

export default ask;
