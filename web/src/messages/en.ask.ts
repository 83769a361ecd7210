// Texts of verification by somebody outside.
import type { Text } from './en';

const ask = {
  'begin.method.questions': 'By questions',
  'begin.method.questionsText': 'Answer what only you can know, such as where you once lived. Takes a few minutes.',
  'begin.method.government-id': 'By identity document',
  'begin.method.government-idText': 'Show it to a verification service, which deletes it at once.',
  'begin.method.face-match': 'By document and face',
  'begin.method.face-matchText': 'Show both to a verification service. Two people compare them, then they are deleted.',
  'begin.cardTitle': 'Pay by card',
  'begin.cardText': 'On the page of a payment service you pay {price}, and we give it back at once. We never see your card. Your bank tells you of the payment.',
  'begin.cardButton': 'Open the page where I pay',
  'begin.cardWait': 'This page goes on by itself once you have paid.',
  'begin.cardSoon': 'The page where you pay is being made.',
  'ask.whoTitle': 'Who are you?',
  'ask.whoText': 'A verification service makes questions about you. We pass this on to it, and keep none of it.',
  'ask.name': 'Your name',
  'ask.born': 'Your day of birth',
  'ask.address': 'Your address',
  'ask.whoButton': 'Ask me',
  'ask.title': 'Answer the questions',
  'ask.text': 'You have ten minutes, and one try. Neither questions nor answers are kept.',
  'ask.missing': 'Choose one answer to each question.',
  'ask.button': 'These are my answers',
  'ask.showTitle': 'Show your document',
  'ask.showText': 'A verification service compares it with a register and deletes it at once. We never see it.',
  'ask.faceText': 'A verification service compares it with your face. Two trained people look at both there; then they are deleted. We keep no picture.',
  'ask.showButton': 'Open the page where I show it',
  'ask.showWait': 'This page goes on by itself once the service has answered.',
  'ask.showAway': 'The verification service can’t be reached now. Choose another way, or begin again later.',
  'ask.seen': 'Thank you for showing it',
  'ask.seenText': 'Two people compare your pictures, then they are deleted. You get a letter; this page goes on by itself.',
  'ask.compare': 'Compare the pictures',
} satisfies Record<string, Text>;

export type AskKey = keyof typeof ask;
export default ask;
