import type { Text } from './en';
import type { AuditKey } from './en.audit';

const audit: Record<AuditKey, Text> = {
  'audit.title': 'للمدققين',
  'audit.text': 'لا يلزم أحدًا تسجيل الدخول، وليس وراء هذا شيء من بيانات أي طفل.',
  'audit.files': 'ما هو منشور',
  'audit.interface': 'الواجهة (OpenAPI)',
  'audit.product': 'ما يقوله الصانع عن المنتج',
  'audit.contact': 'لمن تُبلّغ عن ثغرة',
  'audit.offline': 'تحقق دون هذا المتصفح',
  'audit.offlineText': 'تجلب هذه الأوامر ملفات السجل وتتحقق منها كلها دون اتصال، ببرنامج لا يشترك مع الخادم في شيء.',
  'audit.evidence': 'يسلّم المشغّل ملف الأدلة: «treehouse evidence»، ويتحقق منه «treehouse-audit evidence».',
  'audit.controls': 'ما يطلبه القانون وما يثبته',
  'audit.controlsText': 'يسمّي كل صف الاختبارات التي تثبته، وهي تعمل في «cargo xtask test». ليس هذا مشورة قانونية، والاختبار لا يثبت إلا ما يفعله. الصفوف بالإنجليزية.',
  'audit.show': 'اعرض',
  'audit.done': 'أُنجز',
  'audit.not-applicable': 'لا ينطبق',
  'audit.open': 'مفتوح',
};

export default audit;
