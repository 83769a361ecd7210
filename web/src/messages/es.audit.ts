import type { Text } from './en';
import type { AuditKey } from './en.audit';

const audit: Record<AuditKey, Text> = {
  'audit.title': 'Para auditores',
  'audit.text': 'Nadie tiene que iniciar sesión, y detrás de esto no hay nada de ningún niño.',
  'audit.files': 'Lo que se publica',
  'audit.interface': 'La interfaz (OpenAPI)',
  'audit.product': 'Lo que el fabricante dice del producto',
  'audit.contact': 'A quién avisar de un fallo',
  'audit.offline': 'Comprobarlo sin este navegador',
  'audit.offlineText': 'Estas órdenes traen los archivos del registro y los comprueban todos, sin conexión, con un programa que no comparte nada con el servidor.',
  'audit.evidence': 'El operador entrega el expediente de pruebas: «treehouse evidence». «treehouse-audit evidence» lo comprueba.',
  'audit.controls': 'Qué pide la ley y qué lo demuestra',
  'audit.controlsText': 'Cada fila nombra las pruebas que la demuestran; se ejecutan en «cargo xtask test». Esto no es asesoría legal, y una prueba solo muestra lo que hace. Las filas están en inglés.',
  'audit.show': 'Mostrar',
  'audit.done': 'Hecho',
  'audit.not-applicable': 'No procede',
  'audit.open': 'Abierto',
};

export default audit;
