import type { Text } from './en';
import type { DeskKey } from './en.desk';

const desk: Record<DeskKey, Text> = {
  'desk.title': 'La mesa de los encargados',
  'desk.text': 'Formularios y conversaciones de los padres, cada uno para dos personas formadas. Nada aquí lleva a los datos de un niño, y cada acto tiene un motivo que el padre o la madre puede leer.',
  'desk.pass': 'Su pase',
  'desk.passHint': '`treehouse steward pass` imprime uno en el servidor; dura 12 horas.',
  'desk.passMissing': 'Ponga su pase.',
  'desk.passWrong': 'Este pase no vale, o ya no.',
  'desk.enter': 'Abrir la mesa',
  'desk.refresh': 'Mirar otra vez',
  'desk.leave': 'Salir',
  'desk.waiting': 'En espera',
  'desk.none': 'Nada espera',
  'desk.noneText': 'Lo que envían los padres llega aquí.',
  'desk.acts': 'Lo que se ha hecho',
  'desk.first': 'Espera a una primera persona.',
  'desk.second': 'Una persona lo recomienda. Otra decide.',
  'desk.scanAlt': 'El formulario que firmó el padre o la madre',
  'desk.scanPdf': 'Abrir el formulario (PDF)',
  'desk.reason': 'Por qué',
  'desk.reasonHint': 'Una frase. El padre o la madre puede leerla.',
  'desk.reasonShort': 'Diga por qué, con diez signos al menos.',
  'desk.look': 'Ver el formulario',
  'desk.recommend': 'Recomendar',
  'desk.approve': 'Aprobar',
  'desk.decline': 'Rechazar',
  'desk.recommended': 'Recomendado: otra persona decide.',
  'desk.approved': 'Aprobado: se informa al padre o a la madre.',
  'desk.declined': 'Rechazado: se dice por qué.',
};

export default desk;
