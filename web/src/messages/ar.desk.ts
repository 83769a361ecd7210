import type { Text } from './en';
import type { DeskKey } from './en.desk';

const desk: Record<DeskKey, Text> = {
  'desk.title': 'مكتب المشرفين',
  'desk.text': 'نماذج أولياء الأمور ومحادثاتهم، لكل منها شخصان مدرَّبان. لا شيء هنا يقود إلى بيانات طفل، ولكل فعل سبب يستطيع ولي الأمر قراءته.',
  'desk.pass': 'تصريحك',
  'desk.passHint': 'يطبع `treehouse steward pass` تصريحًا على الخادم، ويدوم 12 ساعة.',
  'desk.passMissing': 'أدخل تصريحك.',
  'desk.passWrong': 'هذا التصريح غير صالح، أو انتهى.',
  'desk.enter': 'افتح المكتب',
  'desk.refresh': 'انظر مجددًا',
  'desk.leave': 'غادر',
  'desk.waiting': 'في الانتظار',
  'desk.none': 'لا شيء ينتظر',
  'desk.noneText': 'ما يرسله أولياء الأمور يصل إلى هنا.',
  'desk.acts': 'ما جرى',
  'desk.first': 'ينتظر شخصًا أول.',
  'desk.second': 'يوصي به شخص، ويقرر شخص آخر.',
  'desk.scanAlt': 'النموذج الذي وقّعه ولي الأمر',
  'desk.scanPdf': 'افتح النموذج (PDF)',
  'desk.reason': 'لماذا',
  'desk.reasonHint': 'جملة واحدة. يستطيع ولي الأمر قراءتها.',
  'desk.reasonShort': 'اذكر السبب بعشرة أحرف على الأقل.',
  'desk.look': 'انظر إلى النموذج',
  'desk.recommend': 'أوصِ به',
  'desk.approve': 'وافق',
  'desk.decline': 'ارفض',
  'desk.recommended': 'أُوصي به: يقرر شخص آخر.',
  'desk.approved': 'تمت الموافقة: أُبلغ ولي الأمر.',
  'desk.declined': 'رُفض: يُبلغ ولي الأمر بالسبب.',
};

export default desk;
