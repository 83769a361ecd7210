import type { Text } from './en';
import type { BreachKey } from './en.breach';

const breach: Record<BreachKey, Text> = {
  'pub.breaches': 'إشعارات السرقة',
  'breach.title': 'إذا سُرق شيء',
  'breach.none': 'لم يُسرق شيء على حدّ علمنا',
  'breach.noneText': 'لم يُنشر هنا أي إشعار بسرقة. إن نُشر، فسيكون في هذه الصفحة وبصمته في السجل العام: لا يستطيع أحد تغييره أو سحبه دون أن يُرى.',
  'breach.one': 'سرقة {date}',
  'breach.when': 'متى',
  'breach.span': 'من {from} إلى {to}',
  'breach.aware': 'متى لاحظناها',
  'breach.told': 'متى أخبرناك',
  'breach.done': 'ما فعلناه',
  'breach.got': 'ما أُخذ',
  'breach.got.released': 'بيانات مختومة سُلّمت عبر الشبكة. لا يقرؤها إلا من يملك مفتاحًا بإذنك.',
  'breach.got.released-with-keys': 'بيانات والمفاتيح التي تفتحها. اعتبرها مقروءة.',
  'breach.got.database': 'نسخة من قاعدة البيانات. ما يصنعه الأطفال مختوم فيها، وما أُخذ لا يفتحه.',
  'breach.readable': 'يستطيع قراءته من يملكه',
  'breach.sealed': 'لا يمكن قراءته دون مفتاح: إنه مختوم',
  'breach.nothing': 'لا شيء',
  'breach.families': { zero: 'لا عائلات معنيّة بحسب السجل.', one: 'عائلة واحدة معنيّة بحسب السجل.', two: 'عائلتان معنيّتان بحسب السجل.', few: '{n} عائلات معنيّة بحسب السجل.', many: '{n} عائلة معنيّة بحسب السجل.', other: '{n} عائلة معنيّة بحسب السجل.' },
  'breach.own': 'عائلتك',
  'breach.ownNone': 'عائلتك غير معنيّة',
  'breach.ownNoneText': 'ليس في سجل عائلتك شيء من هذه السرقة في ذلك الوقت. نظر هذا المتصفح بنفسه؛ ولا يعلم الخادم أنك سألت.',
  'breach.ownErased': 'ما محوته منذ ذلك الحين لم يعد في سجلك، ولا يمكن البحث عنه.',
  'breach.ownSome': 'عائلتك معنيّة',
  'breach.ownDatabase': 'بيانات عائلتك في تلك النسخة، مختومة كما ذُكر أعلاه.',
  'breach.ownLine': { zero: '{child}: {what}، {from} إلى {to}', one: '{child}: {what}، سُلّم مرة واحدة، {from} إلى {to}', two: '{child}: {what}، سُلّم مرتين، {from} إلى {to}', few: '{child}: {what}، سُلّم {n} مرات، {from} إلى {to}', many: '{child}: {what}، سُلّم {n} مرة، {from} إلى {to}', other: '{child}: {what}، سُلّم {n} مرة، {from} إلى {to}' },
  'breach.ownDo': 'انظر من يستطيع رؤية ماذا، وأنهِ ما لا تريده، واختر كلمة مرور جديدة.',
  'breach.signIn': 'سجّل الدخول لترى إن كانت عائلتك معنيّة.',
  'breach.home': 'سُرق شيء من هذه الخدمة',
  'breach.homeText': 'انظر إن كانت عائلتك معنيّة: لن يستغرق ذلك سوى لحظة.',
  'breach.open': 'إشعارات السرقة',
};

export default breach;
