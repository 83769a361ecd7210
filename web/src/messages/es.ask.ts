import type { Text } from './en';
import type { AskKey } from './en.ask';

const ask: Record<AskKey, Text> = {
  'begin.method.questions': 'Con preguntas',
  'begin.method.questionsText': 'Responda lo que solo usted puede saber, como dónde vivió. Toma unos minutos.',
  'begin.method.government-id': 'Con un documento de identidad',
  'begin.method.government-idText': 'Muéstrelo a un servicio de verificación, que lo borra enseguida.',
  'begin.method.face-match': 'Con documento y cara',
  'begin.method.face-matchText': 'Muestre ambos a un servicio de verificación. Dos personas los comparan y después se borran.',
  'begin.cardTitle': 'Pague con tarjeta',
  'begin.cardText': 'En la página de un servicio de pago usted paga {price}, y se lo devolvemos enseguida. Nunca vemos su tarjeta. Su banco le avisa del pago.',
  'begin.cardButton': 'Abrir la página de pago',
  'begin.cardWait': 'Esta página sigue sola cuando haya pagado.',
  'begin.cardSoon': 'La página de pago se está preparando.',
  'ask.whoTitle': '¿Quién es usted?',
  'ask.whoText': 'Un servicio de verificación prepara preguntas sobre usted. Le transmitimos esto y no guardamos nada de ello.',
  'ask.name': 'Su nombre',
  'ask.born': 'Su fecha de nacimiento',
  'ask.address': 'Su dirección',
  'ask.whoButton': 'Pregúnteme',
  'ask.title': 'Responda las preguntas',
  'ask.text': 'Tiene diez minutos y un intento. No se guardan ni preguntas ni respuestas.',
  'ask.missing': 'Elija una respuesta a cada pregunta.',
  'ask.button': 'Estas son mis respuestas',
  'ask.showTitle': 'Muestre su documento',
  'ask.showText': 'Un servicio de verificación lo compara con un registro y lo borra enseguida. Nunca lo vemos.',
  'ask.faceText': 'Un servicio de verificación lo compara con su cara. Dos personas formadas miran ambos allí; después se borran. No guardamos ninguna imagen.',
  'ask.showButton': 'Abrir la página donde lo muestro',
  'ask.showWait': 'Esta página sigue sola en cuanto el servicio responda.',
  'ask.showAway': 'Ahora no se puede contactar con el servicio de verificación. Elija otra vía o empiece de nuevo más tarde.',
  'ask.seen': 'Gracias por mostrarlo',
  'ask.seenText': 'Dos personas comparan sus imágenes y después se borran. Recibe una carta; esta página sigue sola.',
  'ask.compare': 'Comparar las imágenes',
};

export default ask;
