import type { Text } from './en';
import type { ShareKey } from './en.share';

const share: Record<ShareKey, Text> = {
  'share.open': 'مشاركة داخل العائلة',
  'share.text': 'لا يحتوي الرابط على صورة ولا على اسم. لا يُفتح إلا لأولياء الأمور المذكورين أعلاه بعد تسجيل دخولهم.',
  'share.see': 'من يستطيع رؤيتها',
  'share.nobody': 'لا تستطيع أي لعبة ولا أي خدمة قراءتها.',
  'share.alone': 'لا أحد غيرك يعتني بـ{name} هنا بعد. يمكنك دعوة ولي أمر من الإعدادات.',
  'share.send': 'إرسال الرابط',
  'share.copy': 'نسخ الرابط',
  'share.copied': 'نُسخ. لا تستطيع فتحه إلا عائلتك.',
  'share.copyFailed': 'لا يسمح المتصفح بالنسخ. حدّد الرابط وانسخه يدويًا.',
  'share.closed': 'لا تفتح هذا إلا عائلة واحدة',
  'share.closedText': 'يقود هذا الرابط إلى ألبوم عائلة. يُفتح لأولياء أمور تلك العائلة وحدهم: ليس لدى المشغّل مفتاح له.',
  'share.closedOther': 'ليست في ألبوم عائلتك.',
  'share.gone': 'لم تعد موجودة',
  'share.goneText': 'حُذف ما كان هذا الرابط يقود إليه. لا يستطيع أحد استعادته.',
  'share.album': 'إلى الألبوم',
};

export default share;
