import type { Text } from './en';
import type { AuditKey } from './en.audit';

const audit: Record<AuditKey, Text> = {
  'audit.title': 'Für Prüfer',
  'audit.text': 'Niemand muss sich anmelden, und nichts von einem Kind steht hinter alledem.',
  'audit.files': 'Was veröffentlicht ist',
  'audit.interface': 'Die Schnittstelle (OpenAPI)',
  'audit.product': 'Was der Hersteller über das Produkt sagt',
  'audit.contact': 'Wem man eine Lücke meldet',
  'audit.offline': 'Ohne diesen Browser prüfen',
  'audit.offlineText': 'Diese Befehle holen die Dateien des Protokolls und prüfen sie alle, offline, mit einem Programm, das mit dem Server nichts gemein hat.',
  'audit.evidence': 'Der Betreiber händigt die Beweismappe aus: „treehouse evidence“. „treehouse-audit evidence“ prüft sie.',
  'audit.controls': 'Was das Gesetz verlangt und was es zeigt',
  'audit.controlsText': 'Jede Zeile nennt die Tests, die sie zeigen; sie laufen in „cargo xtask test“. Das ist keine Rechtsberatung, und ein Test zeigt nur, was er tut. Die Zeilen sind auf Englisch.',
  'audit.show': 'Zeigen',
  'audit.done': 'Erledigt',
  'audit.not-applicable': 'Trifft nicht zu',
  'audit.open': 'Offen',
};

export default audit;
