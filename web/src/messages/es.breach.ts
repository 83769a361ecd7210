import type { Text } from './en';
import type { BreachKey } from './en.breach';

const breach: Record<BreachKey, Text> = {
  'pub.breaches': 'Avisos de robo de datos',
  'breach.title': 'Si se ha robado algo',
  'breach.none': 'Que sepamos, no se ha robado nada',
  'breach.noneText': 'Aquí nunca se ha publicado un aviso de robo. Si ocurre, estará en esta página y su huella en el registro público: nadie puede cambiarlo ni retirarlo sin que se vea.',
  'breach.one': 'Robo del {date}',
  'breach.when': 'Cuándo',
  'breach.span': 'Del {from} al {to}',
  'breach.aware': 'Cuándo lo notamos',
  'breach.told': 'Cuándo se lo dijimos',
  'breach.done': 'Qué hicimos',
  'breach.got': 'Qué se llevaron',
  'breach.got.released': 'Datos sellados, entregados por la red. Solo puede leerlos quien tenga una clave con su permiso.',
  'breach.got.released-with-keys': 'Datos y las claves que los abren. Dé por hecho que se han leído.',
  'breach.got.database': 'Una copia de la base de datos. Lo que hacen los niños está sellado en ella, y lo robado no lo abre.',
  'breach.readable': 'Lo puede leer quien lo tenga',
  'breach.sealed': 'No se puede leer sin clave: está sellado',
  'breach.nothing': 'Nada',
  'breach.families': { one: '{n} familia está afectada, según el registro.', other: '{n} familias están afectadas, según el registro.' },
  'breach.own': 'Su familia',
  'breach.ownNone': 'Su familia no está afectada',
  'breach.ownNoneText': 'El registro de su familia no tiene nada de este robo en ese tiempo. Este navegador lo ha mirado por sí mismo; el servidor no sabe que usted preguntó.',
  'breach.ownErased': 'Lo que ha borrado desde entonces ya no está en su registro y no se puede buscar.',
  'breach.ownSome': 'Su familia está afectada',
  'breach.ownDatabase': 'Los datos de su familia están en esa copia, sellados como se dice arriba.',
  'breach.ownLine': { one: '{child}: {what}, entregado {n} vez, de {from} a {to}', other: '{child}: {what}, entregado {n} veces, de {from} a {to}' },
  'breach.ownDo': 'Mire quién puede ver qué, termine lo que no quiera y elija una contraseña nueva.',
  'breach.signIn': 'Inicie sesión para ver si su familia está afectada.',
  'breach.home': 'Han robado algo a este servicio',
  'breach.homeText': 'Mire si su familia está afectada: es un momento.',
  'breach.open': 'Avisos de robo de datos',
};

export default breach;
