# Las palabras de los avisos en español; véase en.ftl.

fact = { $what }. Para qué: { $why }. Quién puede leerlo: { $who }. Cuánto tiempo: { $long }.
stay-unanswered = { $stay }, o { $other } si no resulta nada
stay-backup = { $stay }, después hasta { $days ->
    [one] 1 día
   *[other] { $days } días
  } en copias de seguridad
minutes = { $count ->
    [one] 1 minuto
   *[other] { $count } minutos
  }
hours = { $count ->
    [one] 1 hora
   *[other] { $count } horas
  }
days = { $count ->
    [one] 1 día
   *[other] { $count } días
  }

what-account-number = El número de su cuenta
what-guardian-address = Su dirección de correo electrónico
what-password-check = Lo que sirve para comprobar su contraseña, nunca la contraseña misma
what-account-times = Cuándo abrió usted la cuenta
what-mailed-link = El enlace que le enviamos
what-session = Que su navegador tiene la sesión abierta
what-sealed-keys = Sus propias claves, cerradas por su navegador
what-verification = Que nos pidió comprobar que es una persona adulta
what-verification-proof = Cómo y cuándo se mostró, sin ningún documento
what-mobile-number = Su número de móvil, si elige recibir un mensaje de texto
what-card-payment = Que paga con tarjeta y recibe la devolución, si lo elige
what-outside-check = Que se preguntó por usted a un servicio de verificación, si lo elige
what-signed-form = La imagen del formulario que usted firmó
what-family-record = El número de su familia y cuánto espacio ocupa
what-decisions = Lo que usted y otros tutores decidieron y firmaron
what-erasure-receipt = Lo que nos mandó borrar, y el recibo
what-sealed-data-labels = A qué menor, tipo de datos y juguete pertenece algo cerrado, y cuándo llegó
what-sealed-data = Lo que guardan los juguetes de su hijo o hija, cerrado de modo que no podemos abrirlo
what-sealed-data-keys = Nuestro segundo cierre de los datos de su hijo o hija
what-nickname = Cómo llama usted a su hijo o hija
what-age-band = La edad aproximada de su hijo o hija, sin fecha de nacimiento
what-toy-name = Cómo llama usted a un juguete
what-pictures = Las fotos que hace un juguete, sin lugar ni detalles de la cámara
what-picture-details = Cuándo se hizo una foto y su tamaño
what-profile-notes = Los nombres y notas que un juguete guarda para su hijo o hija
what-voice = Las grabaciones de voz
what-video = Los vídeos
what-activity = El progreso al jugar y aprender
what-downloads = Lo que se descargó
what-location = Dónde está un juguete
what-contacts = A quién conoce su hijo o hija
what-settings = Los límites y ajustes de un juguete
what-avatar = La figura de su hijo o hija en el mundo de juego
what-messages = Los mensajes entre su hijo o hija y las personas que usted aprobó
what-toy-linking = Un juguete que pide entrar en su familia
what-toy-contact = La clave de un juguete y los días en que se conectó
what-technical-ids = Números para que una petición no cuente dos veces
what-invitation = La invitación de otro tutor o tutora
what-recovery-request = Una petición para recuperar claves perdidas
what-letters = Las cartas que esperan a ser enviadas a usted
what-staff-acts = Lo que hizo nuestro personal para comprobar que es una persona adulta, y por qué
what-complaints = Las quejas que usted nos envía, y nuestras respuestas
what-activity-log = Lo que se hizo con los datos de su familia, y cuándo
what-network-address = Una forma irreconocible de la dirección de red desde la que viene
what-backups = Copias por si se estropean nuestras máquinas

why-maintain = para que el servicio funcione
why-network = para transportar lo que se envía
why-authenticate = para saber quién pregunta
why-secure = para protegerle y proteger el servicio
why-comply = para cumplir la ley y demostrarlo
why-answer-child = para responder a su hijo o hija
why-ask-consent = para pedir su consentimiento
why-care = para que usted pueda verlo y decidir
why-play = para que los juguetes hagan aquello para lo que están
why-chat = para que su hijo o hija hable con las personas que usted aprobó
why-library = para que su hijo o hija use los títulos que usted aprobó
why-world = para que su hijo o hija juegue en el mundo de juego
why-moderation = para que personal formado vea los avisos de abuso
why-recovery = para que usted recupere claves perdidas
why-support = para que el personal ayude en un caso
why-third-party = para otra persona o empresa que usted aceptó
why-export = para que usted pueda llevárselo

who-guardian = usted
who-family = tutores de su familia a quienes usted lo permita
who-toy = juguetes de su familia a los que usted lo permita
who-contact = personas de otras familias que usted aprobó
who-server = nuestro servidor
who-mailer = la parte de nuestro servidor que envía cartas
who-steward = personal formado, para un caso
who-operator = quien maneja las máquinas
who-public = todo el mundo, como un código que no dice nada

until-account-closed = hasta que usted cierre la cuenta
until-family-ended = hasta que termine la familia
until-child-erased = hasta que usted lo borre
until-connection-ended = hasta que usted se vaya
until-deployment-ended = hasta que termine el servicio
after-link-mailed = { $long } después de enviarlo
after-sign-in-begun = { $long } después de empezar a iniciar sesión
after-signed-in = { $long } después de iniciar sesión
after-verification-begun = { $long } después de su petición
after-form-sent-back = { $long } después de volver el formulario
after-upload-begun = { $long } después de empezar la subida
after-code-shown = { $long } después de que el juguete muestre su código
after-removed-toy-seen-last = { $long } después de la última conexión de un juguete retirado
after-nonce-given = { $long } después de darlo
after-invited = { $long } después de su invitación
after-help-asked = { $long } después de pedir ayuda
after-letter-written = { $long } después de escribirla
after-pass-given = { $long } después de darlo
after-act-done = { $long } después de hacerlo
after-complaint-received = { $long } después de recibirla
after-request-answered = { $long } después de la respuesta
after-request-counted = { $long } después de la petición
after-line-written = { $long } después de escribirlo
after-backup-taken = { $long } después de hacer la copia
after-warning-mailed = { $long } después de nuestra advertencia

party = { $name } ({ $region }), { $purpose }. Recibe: { $gets }.
party-integral = Sin esto el servicio no puede funcionar.
party-optional = Puede decir que no y usar el servicio igualmente.
party-hosting = maneja máquinas para nosotros
party-storage = guarda archivos cerrados para nosotros
party-backup = guarda copias de seguridad para nosotros
party-mail = lleva nuestras cartas
party-sms = lleva nuestros mensajes de texto
party-payment = cobra un pago que muestra que es una persona adulta
party-identity-check = comprueba que es una persona adulta
party-moderation = revisa los avisos de abuso
party-library = entrega los títulos de la biblioteca
party-advertising = muestra publicidad
party-sale = paga por lo que recibe
party-own-request = hace lo que su familia le pide

method-e-mail-plus = Por correo electrónico: usted abre un enlace que le enviamos, y un día después escribimos otra vez.
method-text-plus = Por mensaje de texto: usted escribe un código que le enviamos, y un día después le enviamos otro mensaje.
method-signed-form = Con un formulario: usted lo imprime, lo firma y lo devuelve. Dos personas formadas lo revisan.
method-payment-card = Con tarjeta: usted paga una pequeña cantidad en la página de un servicio de pago y la recibe de vuelta enseguida. Nunca vemos su tarjeta.
method-questions = Con preguntas: usted dice quién es y un servicio de verificación pregunta lo que solo usted puede saber. Transmitimos su nombre, fecha de nacimiento, dirección y respuestas, y no guardamos nada de ello.
method-government-id = Con un documento de identidad: usted lo muestra en la página de un servicio de verificación, que lo borra enseguida. Nunca lo vemos.
method-face-match = Con un documento de identidad y su cara: usted muestra ambos en la página de un servicio de verificación. Dos personas formadas de nuestro equipo los comparan allí; después se borran. No guardamos ninguna imagen.
method-call = Por teléfono: usted nos llama, gratis, y habla con una persona formada. Otra da su acuerdo.
method-video = Por vídeo: usted se encuentra con una persona formada en la pantalla. Otra da su acuerdo. No se graba nada.

demonstration = Esto es una demostración. Nada de aquí es verdad de nadie. No inscriba a un menor real.

online-title = Aviso de privacidad
who-heading = Quién lleva este servicio
who-text = Estos llevan el servicio y responden de él. Escriba o llame si tiene una pregunta.
who-line = { $name }, { $address }. Teléfono: { $phone }. Correo electrónico: { $email }
who-security = ¿Ha encontrado un fallo de seguridad? Díganoslo: { $contact }
who-authority = También puede quejarse ante { $authority }.
safe-harbor-heading = Quién nos controla
safe-harbor-text = Somos miembros de { $program } desde { $since }. Esto vale hasta { $ends }. Este programa comprueba si cumplimos las reglas sobre la privacidad de los niños. También puede quejarse allí: { $site }
safe-harbor-methods = Ha aprobado estas formas de comprobar que usted es una persona adulta:
child-data-heading = Qué guardamos de su hijo o hija
child-data-text = Esto es todo lo que guardamos de un menor, y solo después de que usted lo acepte.
your-data-heading = Qué guardamos de usted
your-data-text = Esto es todo lo que guardamos de los tutores.
sensors-heading = Qué pueden ver, oír y sentir nuestros juguetes
sensors-text = Estos son todos los sensores de nuestros juguetes, y para qué sirve cada uno.
sensors-one = { $toy }: { $sensor }. { $use }
sensors-none = { $toy }: ningún sensor.
sensor-camera = una cámara
sensor-microphone = un micrófono
sensor-location = sabe dónde está
sensor-motion = nota que lo mueven
sensor-touch = nota que lo tocan
sensor-proximity = sabe si hay algo cerca
sensor-light = sabe cuánta luz hay
sensor-temperature = sabe qué temperatura hay
sensor-heartbeat = nota los latidos de un corazón
use-heading = Cómo lo usamos
use-text = Usamos cada cosa solo para lo que está escrito al lado.
use-nothing-else = No mostramos publicidad. No vendemos nada. No entrenamos máquinas con sus datos.
public-heading = Qué pueden ver otros
public-none = Su hijo o hija no puede hacer nada público aquí.
public-chat = Su hijo o hija puede enviar mensajes a personas que usted y la otra familia aprobaron. Ellas pueden quedarse con lo que recibieron.
public-log = Lo que se hace con sus datos se escribe también en un registro público, como códigos. Un código no dice nada a otros. Así seguimos siendo honestos.
others-heading = Quién más recibe algo
others-none = Nadie más recibe nada.
others-services = Estos trabajan para nosotros y no pueden usar lo que reciben para nada más:
others-third = Estos reciben algo para sí mismos, y solo si usted lo acepta:
others-separate = Usted puede aceptar que guardemos y usemos datos, y rechazar que se den a otros. Eso lo preguntamos aparte.
retention-heading = Cuánto tiempo guardamos las cosas
retention-text = Al lado de cada cosa está escrito cuánto tiempo se queda. Pasado ese tiempo, la borramos. No guardamos nada para siempre.
retention-inactive = A una cuenta que nadie usa durante { $days } días le enviamos una carta. { $more } días después borramos la familia y cerramos la cuenta.
retention-backup = Las copias de seguridad se guardan hasta { $days } días. Las claves se guardan en otras copias hasta { $keys } días. Sin su clave, lo que usted borró no puede leerse en ninguna copia.
internal-heading = Números que reconocen un aparato
internal-text = Sin preguntar antes, guardamos un número que reconoce un aparato. Lo usamos solo para { $uses }. Nunca lo usamos para escribir a nadie, hacer un perfil o mostrar publicidad: ninguna otra parte del servicio puede leerlo.
internal-uses = llevar el servicio, protegerlo y recordar ajustes
audio-heading = Cuando un menor habla con un juguete
audio-text = Un archivo de sonido con la voz de su hijo o hija se usa solo para hacer lo que pidió. Se borra en cuanto se responde. No se guarda en ningún sitio ni va a nadie.
rights-heading = Qué puede hacer usted
rights-text = Usted decide. Todo esto es gratis y puede hacerlo en cualquier momento:
rights-review = Ver lo que guardamos: inicie sesión en { $url }. Puede llevárselo todo.
rights-delete = Borrar: una cosa, un menor o toda la familia. Su contraseña basta.
rights-refuse = Decir que no: apague cada uso por separado. Entonces no recogemos nada más para él. Todo lo demás sigue.
rights-correct = Corregir lo que está mal, en el mismo lugar.
rights-write = Sin cuenta, o si no puede iniciar sesión, escriba a { $email }.
security-heading = Cómo está protegido
security-sealed = Los datos de su hijo o hija se cierran en los aparatos de ustedes. Nuestro servidor no tiene la clave y no puede leerlos.
security-not = No podemos impedir que alguien a quien usted deja entrar se quede con lo que vio. Podemos ver cuándo se envió algo, desde qué juguete y cuánto.
changes-heading = Si este aviso cambia
changes-text = Cada versión tiene un número y una huella y sigue disponible. Si queremos recoger o usar más, le preguntamos antes otra vez. Hasta entonces, lo nuevo queda apagado para usted.

direct-title = Su consentimiento
why-heading = Por qué le preguntamos
why-parent = Usted nos dio su dirección de correo para abrir una cuenta. La usamos para pedir su consentimiento.
why-child = Su hijo o hija nos dio la dirección de correo de usted, y quizá un nombre, para que podamos preguntarle.
consent-heading = Nada sin usted
consent-text = Necesitamos su consentimiento. Sin él no recogemos, usamos ni damos nada de su hijo o hija.
direct-data-heading = Qué guardaríamos de su hijo o hija
direct-data-text = Si acepta, guardamos esto, por cada función que usted encienda:
full-heading = El aviso completo
full-text = Lea todo el aviso de privacidad en { $url }
how-heading = Cómo dar su consentimiento
how-text = Muéstrenos que es una persona adulta de una de estas maneras:
deadline-heading = Si no hace nada
deadline-text = Si no acepta en { $days ->
    [one] 1 día
   *[other] { $days } días
  }, borramos lo que se empezó: su respuesta, su petición y cualquier nombre. Una cuenta sin familia guarda su dirección hasta que usted la cierre.
back-heading = Puede cambiar de idea
back-text = Puede retirar su consentimiento en cualquier momento. Inicie sesión en { $url } o escriba a { $email }. Entonces no recogemos nada más y borramos lo recogido.

voluntary-title = Sobre su dirección de correo
voluntary-why-heading = Por qué la tenemos
voluntary-why = Tenemos su dirección de correo para decirle qué hace aquí su hijo o hija. No recogemos nada más de su hijo o hija.
voluntary-only-heading = Para nada más
voluntary-only = No usamos su dirección para nada más, no la damos a nadie y no le añadimos nada.
refuse-heading = Puede decir que no
voluntary-refuse = Puede decir que no y hacer borrar su dirección: escriba a { $email }.

contact-title = Escribimos a su hijo o hija más de una vez
contact-why-heading = La dirección de su hijo o hija
contact-why = Su hijo o hija pidió algo que enviamos más de una vez. Para eso tenemos su dirección de correo.
contact-you-heading = La dirección de usted
contact-you = Tenemos la dirección de usted para decírselo.
contact-only-heading = Para nada más
contact-only = No usamos las dos direcciones para nada más. No las damos a nadie ni las unimos con nada.
contact-refuse = Puede decir que no y hacer borrar las dos direcciones: escriba a { $email }.
silence-heading = Si no hace nada
contact-silence = Si no responde, podemos seguir enviando lo que pidió su hijo o hija.

safety-title = Para proteger a su hijo o hija
safety-why-heading = Por qué tenemos sus nombres y direcciones
safety-why = Tenemos el nombre y la dirección de su hijo o hija, y los de usted, para proteger a su hijo o hija.
safety-only-heading = Para nada más
safety-only = Los usamos solo para eso.
safety-refuse = Puede decir que no y hacer que se borren: escriba a { $email }.
safety-silence = Si no responde, podemos usarlos para proteger a su hijo o hija.

child-title = Qué pasa con tus cosas
child-hello-heading = ¡Hola!
child-hello = Tu juguete puede guardar cosas para ti. Aquí ves cuáles.
child-feature-profile-heading = Tu nombre
child-feature-profile = Tu juguete sabe cómo te llamas y más o menos tu edad.
child-feature-pictures-heading = Fotos
child-feature-pictures = Cuando haces una foto, se guarda.
child-feature-voice-heading = Tu voz
child-feature-voice = Cuando grabas tu voz, se guarda.
child-feature-video-heading = Vídeos
child-feature-video = Cuando haces un vídeo, se guarda.
child-feature-activity-heading = Jugar
child-feature-activity = Lo que juegas y aprendes se guarda.
child-feature-downloads-heading = Juegos y libros
child-feature-downloads = Lo que consigues para tu juguete se apunta en una lista.
child-feature-location-heading = Dónde estás
child-feature-location = Tu juguete puede decir a tus mayores dónde está.
child-feature-contacts-heading = Amigos
child-feature-contacts = Tu juguete sabe quiénes son tus amigos.
child-feature-settings-heading = Reglas
child-feature-settings = Tus mayores pueden decir cuánto tiempo juegas.
child-feature-avatar-heading = Tu figura
child-feature-avatar = Cómo es tu figura se guarda.
child-feature-messages-heading = Mensajes
child-feature-messages = Puedes escribir a amigos. Pueden quedarse con lo que envías.
child-see-heading = ¿Quién puede verlo?
child-see = Tus mayores pueden verlo. Los juguetes que eligieron, también.
child-nobody = Nadie más puede abrirlo. Nosotros tampoco.
child-erase-heading = Borrar
child-erase = ¿Ya no lo quieres? Pide a tus mayores que lo borren.
child-no-heading = Puedes decir que no
child-no = Siempre puedes decir que no. Puedes jugar igual.
child-ask-heading = ¡Pregunta!
child-ask = ¿No entiendes algo? Pregunta a tus mayores.

forms-title = Por qué lo preguntamos
forms-text = Esto guardamos cuando usted hace esto. Más: { $url }
feature-accounts = Su cuenta
feature-verification = Mostrar que es una persona adulta
feature-sms = Mensajes de texto para usted
feature-card = Su pago con tarjeta
feature-verifier = Su comprobación por un servicio de verificación
feature-family = Su familia
feature-invitations = Invitar a un tutor o tutora
feature-recovery = Recuperar claves perdidas
feature-toys = Conectar un juguete
feature-profile = Su hijo o hija
feature-pictures = Fotos
feature-voice = Grabaciones de voz
feature-video = Vídeos
feature-activity = Jugar y aprender
feature-downloads = Descargas
feature-location = Dónde está un juguete
feature-contacts = Amigos
feature-settings = Límites y ajustes
feature-avatar = La figura del mundo de juego
feature-messages = Mensajes
feature-letters = Cartas para usted
feature-stewards = Ayuda de nuestro personal
feature-log = El registro
feature-service = Usar el servicio

page-version = Versión { $version }
page-fingerprint = Huella
page-languages = Idiomas
page-notices = Otros avisos
page-save = Guardar como
