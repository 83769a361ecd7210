import type { Text } from './en';
import type { ShareKey } from './en.share';

const share: Record<ShareKey, Text> = {
  'share.open': 'Compartir en la familia',
  'share.text': 'El enlace no contiene ninguna foto ni ningún nombre. Solo se abre para los tutores de arriba, después de iniciar sesión.',
  'share.see': 'Quién puede verlo',
  'share.nobody': 'Ningún juguete ni servicio puede leerlo.',
  'share.alone': 'Nadie más cuida aquí de {name} todavía. Puede invitar a un tutor en los ajustes.',
  'share.send': 'Enviar el enlace',
  'share.copy': 'Copiar el enlace',
  'share.copied': 'Copiado. Solo su familia puede abrirlo.',
  'share.copyFailed': 'El navegador no permite copiarlo. Seleccione el enlace y cópielo a mano.',
  'share.closed': 'Solo una familia puede abrir esto',
  'share.closedText': 'Este enlace lleva al álbum de una familia. Se abre para los tutores de esa familia y para nadie más: el operador no tiene la llave.',
  'share.closedOther': 'No está en el álbum de su familia.',
  'share.gone': 'Ya no está',
  'share.goneText': 'Lo que mostraba este enlace fue eliminado. Nadie puede recuperarlo.',
  'share.album': 'Al álbum',
};

export default share;
