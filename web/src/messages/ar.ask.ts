import type { Text } from './en';
import type { AskKey } from './en.ask';

const ask: Record<AskKey, Text> = {
  'begin.method.questions': 'بالأسئلة',
  'begin.method.questionsText': 'أجب عمّا لا يعرفه سواك، مثل عنوان سابق لك. يستغرق بضع دقائق.',
  'begin.method.government-id': 'بوثيقة هوية',
  'begin.method.government-idText': 'اعرضها على خدمة تحقّق تحذفها فورًا.',
  'begin.method.face-match': 'بالوثيقة والوجه',
  'begin.method.face-matchText': 'اعرض الاثنين على خدمة تحقّق. يقارن بينهما شخصان ثم يُحذفان.',
  'begin.cardTitle': 'ادفع بالبطاقة',
  'begin.cardText': 'في صفحة خدمة دفع تدفع {price}، ثم نعيده فورًا. لا نرى بطاقتك أبدًا. يخبرك مصرفك بعملية الدفع.',
  'begin.cardButton': 'افتح صفحة الدفع',
  'begin.cardWait': 'تتابع هذه الصفحة وحدها بعد أن تدفع.',
  'begin.cardSoon': 'يجري إعداد صفحة الدفع.',
  'ask.whoTitle': 'من أنت؟',
  'ask.whoText': 'تُعدّ خدمة تحقّق أسئلة عنك. ننقل إليها هذا ولا نحتفظ بشيء منه.',
  'ask.name': 'اسمك',
  'ask.born': 'تاريخ ميلادك',
  'ask.address': 'عنوانك',
  'ask.whoButton': 'اسألني',
  'ask.title': 'أجب عن الأسئلة',
  'ask.text': 'أمامك عشر دقائق ومحاولة واحدة. لا يُحتفظ بالأسئلة ولا بالإجابات.',
  'ask.missing': 'اختر إجابة لكل سؤال.',
  'ask.button': 'هذه إجاباتي',
  'ask.showTitle': 'اعرض وثيقتك',
  'ask.showText': 'تقارنها خدمة تحقّق بسجلّ وتحذفها فورًا. نحن لا نراها أبدًا.',
  'ask.faceText': 'تقارنها خدمة تحقّق بوجهك. ينظر شخصان مدرَّبان إلى الاثنين هناك ثم يُحذفان. لا نحتفظ بأي صورة.',
  'ask.showButton': 'افتح الصفحة التي أعرضها فيها',
  'ask.showWait': 'تتابع هذه الصفحة من تلقاء نفسها حالما تجيب الخدمة.',
  'ask.showAway': 'لا يمكن الوصول إلى خدمة التحقّق الآن. اختر طريقة أخرى أو ابدأ من جديد لاحقًا.',
  'ask.seen': 'شكرًا لعرضها',
  'ask.seenText': 'يقارن شخصان صورك ثم تُحذف. تصلك رسالة، وتتابع هذه الصفحة من تلقاء نفسها.',
  'ask.compare': 'قارن الصورتين',
};

export default ask;
