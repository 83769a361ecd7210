import type { Text } from './en';
import type { ShareKey } from './en.share';

const share: Record<ShareKey, Text> = {
  'share.open': 'In der Familie teilen',
  'share.text': 'Der Link enthält kein Bild und keinen Namen. Er öffnet sich nur für die Sorgeberechtigten oben, nachdem sie sich angemeldet haben.',
  'share.see': 'Wer es sehen kann',
  'share.nobody': 'Kein Spielzeug und kein Dienst kann es lesen.',
  'share.alone': 'Außer Ihnen sorgt hier noch niemand für {name}. In den Einstellungen können Sie Sorgeberechtigte einladen.',
  'share.send': 'Link senden',
  'share.copy': 'Link kopieren',
  'share.copied': 'Kopiert. Nur Ihre Familie kann ihn öffnen.',
  'share.copyFailed': 'Der Browser lässt das Kopieren nicht zu. Markieren Sie den Link und kopieren Sie ihn von Hand.',
  'share.closed': 'Das kann nur eine Familie öffnen',
  'share.closedText': 'Dieser Link führt in das Album einer Familie. Er öffnet sich für die Sorgeberechtigten dieser Familie und für niemanden sonst: Der Betreiber hat keinen Schlüssel dazu.',
  'share.closedOther': 'Im Album Ihrer Familie ist es nicht.',
  'share.gone': 'Es ist weg',
  'share.goneText': 'Wohin dieser Link führte, wurde gelöscht. Niemand kann es zurückholen.',
  'share.album': 'Zum Album',
};

export default share;
