import type { Text } from './en';
import type { ProofKey } from './en.proof';

const proof: Record<ProofKey, Text> = {
  'guard.refused': 'El servidor ofrece otro programa que no está en el registro público. Este navegador lo rechaza y sigue con el anterior. Avise al operador y a otros.',
  'guard.kept': 'Este navegador no ejecuta otro hasta que el registro lo contenga.',
  'pass.title': 'Llave de acceso',
  'pass.text': 'Abre sus llaves con la huella, la cara o el PIN tras recargar la página, sin contraseña.',
  'pass.on': 'Una llave de acceso abre sus llaves en este aparato.',
  'pass.add': 'Añadir llave de acceso',
  'pass.remove': 'Quitar',
  'pass.added': 'Añadida. La próxima vez bastan el dedo o la cara.',
  'pass.without': 'Esta llave de acceso no puede guardar un secreto. Su contraseña y su hoja de rescate siguen abriendo sus llaves.',
  'pass.unlock': 'Desbloquear con llave de acceso',

  'log.title': 'El registro público',
  'log.text': 'Cualquiera puede mirar: qué se publicó aquí y quién vigila. Su navegador lo acaba de comprobar.',
  'log.entries': { one: '{n} entrada', other: '{n} entradas' },
  'log.seen': 'Visto por {n} de {of} testigos',
  'log.unseen': 'Ningún testigo vigila aún: es solo un diario',
  'log.published': 'Lo que vale ahora',
  'log.version': 'Versión {n}, desde el {date}',
  'log.head': 'Punto de control',
  'log.key': 'Llave del registro',
  'log.keys': 'Llaves de los testigos',
  'log.compare': 'Compare con lo que ven otros.',
  'log.open': 'Ver el registro público',
  'pub.bundle': 'La aplicación',
  'pub.registers': 'Los registros del operador',
  'pub.direct': 'Aviso antes del consentimiento',
  'pub.online': 'Aviso para todos',
  'pub.voluntary': 'Aviso de contacto voluntario',
  'pub.contact': 'Aviso de contacto repetido',
  'pub.safety': 'Aviso por la seguridad de un niño',
  'pub.child': 'Aviso para niños',
  'pub.forms': 'Formularios',
};

export default proof;
