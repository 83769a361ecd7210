# Die Wörter der Hinweise auf Deutsch; siehe en.ftl.

fact = { $what }. Wofür: { $why }. Wer es lesen kann: { $who }. Wie lange: { $long }.
stay-unanswered = { $stay }, oder { $other }, wenn nichts daraus wird
stay-backup = { $stay }, danach bis zu { $days ->
    [one] 1 Tag
   *[other] { $days } Tage
  } in Sicherungskopien
minutes = { $count ->
    [one] 1 Minute
   *[other] { $count } Minuten
  }
hours = { $count ->
    [one] 1 Stunde
   *[other] { $count } Stunden
  }
days = { $count ->
    [one] 1 Tag
   *[other] { $count } Tage
  }

what-account-number = Die Nummer Ihres Kontos
what-guardian-address = Ihre E-Mail-Adresse
what-password-check = Womit Ihr Passwort geprüft wird, nie das Passwort selbst
what-account-times = Wann Sie das Konto eröffnet haben
what-mailed-link = Der Link, den wir Ihnen schicken
what-session = Dass Ihr Browser angemeldet ist
what-sealed-keys = Ihre eigenen Schlüssel, von Ihrem Browser verschlossen
what-verification = Dass Sie uns gebeten haben zu prüfen, ob Sie erwachsen sind
what-verification-proof = Wie und wann das gezeigt wurde, ohne Ausweis
what-mobile-number = Ihre Mobilnummer, wenn Sie eine Textnachricht wählen
what-card-payment = Dass Sie mit einer Karte zahlen und es zurückbekommen, wenn Sie das wählen
what-outside-check = Dass ein Prüfdienst zu Ihnen befragt wurde, wenn Sie das wählen
what-signed-form = Das Bild des Formulars, das Sie unterschrieben haben
what-family-record = Die Nummer Ihrer Familie und wie viel Platz sie belegt
what-decisions = Was Sie und andere Erziehende entschieden und unterschrieben haben
what-erasure-receipt = Was wir auf Ihren Wunsch löschen, und die Quittung
what-sealed-data-labels = Zu welchem Kind, welcher Art von Daten und welchem Spielzeug etwas Verschlossenes gehört, und wann es kam
what-sealed-data = Was das Spielzeug Ihres Kindes speichert, so verschlossen, dass wir es nicht öffnen können
what-sealed-data-keys = Unser eigenes zweites Schloss an den Daten Ihres Kindes
what-nickname = Wie Sie Ihr Kind nennen
what-age-band = Wie alt Ihr Kind ungefähr ist, ohne Geburtstag
what-toy-name = Wie Sie ein Spielzeug nennen
what-pictures = Bilder, die ein Spielzeug macht, ohne Angaben zu Ort und Kamera
what-picture-details = Wann ein Bild gemacht wurde und wie groß es ist
what-profile-notes = Namen und Notizen, die ein Spielzeug für Ihr Kind behält
what-voice = Sprachaufnahmen
what-video = Filme
what-activity = Fortschritte beim Spielen und Lernen
what-downloads = Was heruntergeladen wurde
what-location = Wo ein Spielzeug ist
what-contacts = Wen Ihr Kind kennt
what-settings = Grenzen und Einstellungen eines Spielzeugs
what-avatar = Die Figur Ihres Kindes in der Spielwelt
what-messages = Nachrichten zwischen Ihrem Kind und Menschen, die Sie erlaubt haben
what-toy-linking = Ein Spielzeug, das in Ihre Familie möchte
what-toy-contact = Der Schlüssel eines Spielzeugs und die Tage, an denen es sich gemeldet hat
what-technical-ids = Zahlen, durch die keine Anfrage doppelt zählt
what-invitation = Eine Einladung an weitere Erziehende
what-recovery-request = Eine Bitte, verlorene Schlüssel zurückzubekommen
what-letters = Briefe, die noch an Sie verschickt werden
what-staff-acts = Was unser Personal getan hat, um zu prüfen, ob Sie erwachsen sind, und warum
what-complaints = Beschwerden, die Sie uns schicken, und unsere Antworten
what-activity-log = Was mit den Daten Ihrer Familie geschah, und wann
what-network-address = Eine unkenntliche Form der Netzadresse, von der Sie kommen
what-backups = Kopien für den Fall, dass unsere Maschinen ausfallen

why-maintain = damit der Dienst läuft
why-network = um zu übertragen, was gesendet wird
why-authenticate = um zu wissen, wer fragt
why-secure = um Sie und den Dienst zu schützen
why-comply = um das Gesetz zu befolgen und das zu belegen
why-answer-child = um Ihrem Kind zu antworten
why-ask-consent = um Ihre Einwilligung zu erbitten
why-care = damit Sie es sehen und entscheiden können
why-play = damit Spielzeug tut, wofür es da ist
why-chat = damit Ihr Kind mit Menschen reden kann, die Sie erlaubt haben
why-library = damit Ihr Kind nutzen kann, was Sie erlaubt haben
why-world = damit Ihr Kind in der Spielwelt spielen kann
why-moderation = damit geschultes Personal Meldungen ansehen kann
why-recovery = damit Sie verlorene Schlüssel zurückbekommen
why-support = damit Personal in einem Fall helfen kann
why-third-party = für jemand anderen, dem Sie zugestimmt haben
why-export = damit Sie es mitnehmen können

who-guardian = Sie
who-family = Erziehende Ihrer Familie, denen Sie es erlauben
who-toy = Spielzeug Ihrer Familie, dem Sie es erlauben
who-contact = Menschen anderer Familien, die Sie erlaubt haben
who-server = unser Server
who-mailer = der Teil unseres Servers, der Briefe verschickt
who-steward = geschultes Personal, für einen Fall
who-operator = wer die Maschinen betreibt
who-public = alle, als Code, der nichts verrät

until-account-closed = bis Sie das Konto schließen
until-family-ended = bis die Familie endet
until-child-erased = bis Sie es löschen
until-connection-ended = bis Sie gehen
until-deployment-ended = bis der Dienst endet
after-link-mailed = { $long } nachdem wir ihn schicken
after-sign-in-begun = { $long } nachdem eine Anmeldung beginnt
after-signed-in = { $long } nachdem Sie sich anmelden
after-verification-begun = { $long } nachdem Sie bitten
after-form-sent-back = { $long } nachdem das Formular zurückkommt
after-upload-begun = { $long } nachdem das Hochladen beginnt
after-code-shown = { $long } nachdem das Spielzeug seinen Code zeigt
after-removed-toy-seen-last = { $long } nachdem ein entferntes Spielzeug sich zuletzt gemeldet hat
after-nonce-given = { $long } nachdem wir sie ausgeben
after-invited = { $long } nachdem Sie einladen
after-help-asked = { $long } nachdem Sie um Hilfe bitten
after-letter-written = { $long } nachdem er geschrieben ist
after-pass-given = { $long } nachdem er ausgegeben ist
after-act-done = { $long } nachdem es getan ist
after-complaint-received = { $long } nachdem sie angekommen ist
after-request-answered = { $long } nach der Antwort
after-request-counted = { $long } nach der Anfrage
after-line-written = { $long } nachdem es geschrieben ist
after-backup-taken = { $long } nachdem die Kopie gemacht ist
after-warning-mailed = { $long } nachdem wir Sie warnen

party = { $name } ({ $region }), { $purpose }. Bekommt: { $gets }.
party-integral = Ohne das geht der Dienst nicht.
party-optional = Sie können dazu Nein sagen und den Dienst trotzdem nutzen.
party-hosting = betreibt Maschinen für uns
party-storage = lagert verschlossene Dateien für uns
party-backup = lagert Sicherungskopien für uns
party-mail = befördert unsere Briefe
party-sms = befördert unsere Textnachrichten
party-payment = nimmt eine Zahlung an, die zeigt, dass Sie erwachsen sind
party-identity-check = prüft, ob Sie erwachsen sind
party-moderation = sieht Meldungen über Missbrauch an
party-library = liefert Titel der Bibliothek
party-advertising = zeigt Werbung
party-sale = bezahlt für das, was es bekommt
party-own-request = tut, worum Ihre Familie bittet

method-e-mail-plus = Per E-Mail: Sie öffnen einen Link, den wir Ihnen schicken, und einen Tag später schreiben wir noch einmal.
method-text-plus = Per Textnachricht: Sie tippen einen Code ein, den wir Ihnen schicken, und einen Tag später schreiben wir noch einmal.
method-signed-form = Mit einem Formular: Sie drucken es, unterschreiben es und schicken es zurück. Zwei geschulte Menschen sehen es an.
method-payment-card = Mit einer Karte: Sie zahlen einen kleinen Betrag auf der Seite eines Zahlungsdienstes und bekommen ihn sofort zurück. Ihre Karte sehen wir nie.
method-questions = Mit Fragen: Sie sagen, wer Sie sind, und ein Prüfdienst fragt, was nur Sie wissen können. Wir geben Namen, Geburtstag, Anschrift und Antworten weiter und behalten nichts davon.
method-government-id = Mit einem Ausweis: Sie zeigen ihn auf der Seite eines Prüfdienstes, der ihn sofort löscht. Wir sehen ihn nie.
method-face-match = Mit Ausweis und Gesicht: Sie zeigen beides auf der Seite eines Prüfdienstes. Zwei geschulte Menschen von uns vergleichen sie dort; dann wird beides gelöscht. Wir behalten kein Bild.
method-call = Per Telefon: Sie rufen uns an, kostenlos, und sprechen mit einem geschulten Menschen. Ein zweiter stimmt zu.
method-video = Per Video: Sie treffen einen geschulten Menschen am Bildschirm. Ein zweiter stimmt zu. Nichts wird aufgezeichnet.

demonstration = Dies ist eine Vorführung. Nichts hier gilt für wirkliche Menschen. Geben Sie kein echtes Kind ein.

online-title = Datenschutzhinweis
who-heading = Wer diesen Dienst betreibt
who-text = Diese betreiben den Dienst und stehen für ihn ein. Schreiben oder rufen Sie an, wenn Sie eine Frage haben.
who-line = { $name }, { $address }. Telefon: { $phone }. E-Mail: { $email }
who-security = Haben Sie eine Sicherheitslücke gefunden? Sagen Sie es uns: { $contact }
who-authority = Sie können sich auch beschweren bei { $authority }.
safe-harbor-heading = Wer uns prüft
safe-harbor-text = Wir gehören seit { $since } zu { $program }. Das gilt bis { $ends }. Dieses Programm prüft, ob wir die Regeln zum Schutz der Daten von Kindern einhalten. Auch dort können Sie sich beschweren: { $site }
safe-harbor-methods = Es hat diese Wege gebilligt, auf denen wir prüfen, dass Sie erwachsen sind:
child-data-heading = Was wir über Ihr Kind behalten
child-data-text = Das ist alles, was wir über ein Kind behalten, und nur, nachdem Sie zugestimmt haben.
your-data-heading = Was wir über Sie behalten
your-data-text = Das ist alles, was wir über Erziehende behalten.
sensors-heading = Was unser Spielzeug sehen, hören und fühlen kann
sensors-text = Das sind alle Sensoren unseres Spielzeugs, und wofür jeder da ist.
sensors-one = { $toy }: { $sensor }. { $use }
sensors-none = { $toy }: keine Sensoren.
sensor-camera = eine Kamera
sensor-microphone = ein Mikrofon
sensor-location = es weiß, wo es ist
sensor-motion = es fühlt, dass es bewegt wird
sensor-touch = es fühlt, dass es berührt wird
sensor-proximity = es weiß, ob etwas nahe ist
sensor-light = es weiß, wie hell es ist
sensor-temperature = es weiß, wie warm es ist
sensor-heartbeat = es fühlt einen Herzschlag
use-heading = Wie wir es verwenden
use-text = Wir verwenden alles nur für das, was daneben steht.
use-nothing-else = Wir zeigen keine Werbung. Wir verkaufen nichts. Wir trainieren keine Maschinen mit Ihren Daten.
public-heading = Was andere sehen können
public-none = Ihr Kind kann hier nichts öffentlich machen.
public-chat = Ihr Kind kann Nachrichten an Menschen senden, die Sie und die andere Familie erlaubt haben. Diese können behalten, was sie bekommen haben.
public-log = Was mit Ihren Daten geschieht, steht auch in einem öffentlichen Protokoll, als Codes. Ein Code verrät anderen nichts. So bleiben wir ehrlich.
others-heading = Wer sonst etwas bekommt
others-none = Sonst bekommt niemand etwas.
others-services = Diese arbeiten für uns und dürfen, was sie bekommen, für nichts anderes verwenden:
others-third = Diese bekommen etwas für sich selbst, und nur, wenn Sie zustimmen:
others-separate = Sie können zustimmen, dass wir Daten behalten und verwenden, und trotzdem ablehnen, dass andere sie bekommen. Danach fragen wir gesondert.
retention-heading = Wie lange wir etwas behalten
retention-text = Oben steht bei allem, wie lange es bleibt. Ist die Zeit um, löschen wir es. Wir behalten nichts für immer.
retention-inactive = Zu einem Konto, das { $days } Tage niemand nutzt, schicken wir einen Brief. { $more } Tage später löschen wir die Familie und schließen das Konto.
retention-backup = Sicherungskopien bleiben bis zu { $days } Tage. Schlüssel bleiben in eigenen Sicherungskopien bis zu { $keys } Tage. Ohne seinen Schlüssel ist in keiner Kopie lesbar, was Sie gelöscht haben.
internal-heading = Nummern, an denen ein Gerät wiedererkannt wird
internal-text = Ohne vorher zu fragen, behalten wir eine Nummer, an der ein Gerät wiedererkannt wird. Wir verwenden sie nur, um { $uses }. Wir verwenden sie nie, um jemandem zu schreiben, ein Profil zu bilden oder Werbung zu zeigen: Kein anderer Teil des Dienstes kann sie lesen.
internal-uses = den Dienst zu betreiben, ihn zu schützen und Einstellungen zu behalten
audio-heading = Wenn ein Kind mit einem Spielzeug spricht
audio-text = Eine Tondatei mit der Stimme Ihres Kindes wird nur verwendet, um zu tun, worum Ihr Kind gebeten hat. Sie wird sofort nach der Antwort gelöscht. Sie bleibt nirgends und geht an niemanden.
rights-heading = Was Sie tun können
rights-text = Sie entscheiden. Das alles ist kostenlos und jederzeit möglich:
rights-review = Ansehen, was wir behalten: Melden Sie sich an unter { $url }. Sie können alles mitnehmen.
rights-delete = Löschen: eine einzelne Sache, ein Kind oder die ganze Familie. Ihr Passwort genügt.
rights-refuse = Nein sagen: Schalten Sie jeden Zweck einzeln ab. Dann sammeln wir dafür nichts mehr. Alles andere geht weiter.
rights-correct = Berichtigen, was falsch ist, an derselben Stelle.
rights-write = Ohne Konto, oder wenn Sie sich nicht anmelden können, schreiben Sie an { $email }.
security-heading = Wie es geschützt ist
security-sealed = Die Daten Ihres Kindes werden auf Ihren eigenen Geräten verschlossen. Unser Server hat keinen Schlüssel dazu und kann sie nicht lesen.
security-not = Wir können nicht verhindern, dass jemand, den Sie einlassen, behält, was er gesehen hat. Wir können sehen, wann etwas gesendet wurde, von welchem Spielzeug und wie viel.
changes-heading = Wenn sich dieser Hinweis ändert
changes-text = Jede Fassung hat eine Nummer und einen Fingerabdruck und bleibt abrufbar. Wollen wir mehr sammeln oder verwenden, fragen wir Sie vorher noch einmal. Bis dahin bleibt das Neue bei Ihnen aus.

direct-title = Ihre Einwilligung
why-heading = Warum wir Sie fragen
why-parent = Sie haben uns Ihre E-Mail-Adresse gegeben, um ein Konto zu eröffnen. Wir verwenden sie, um Ihre Einwilligung zu erbitten.
why-child = Ihr Kind hat uns Ihre E-Mail-Adresse gegeben und vielleicht einen Namen, damit wir Sie fragen können.
consent-heading = Nichts ohne Sie
consent-text = Wir brauchen Ihre Einwilligung. Ohne sie sammeln, verwenden und geben wir nichts von Ihrem Kind weiter.
direct-data-heading = Was wir über Ihr Kind behalten würden
direct-data-text = Wenn Sie zustimmen, behalten wir dies, für jede Funktion, die Sie einschalten:
full-heading = Der ganze Hinweis
full-text = Lesen Sie den ganzen Datenschutzhinweis unter { $url }
how-heading = Wie Sie zustimmen
how-text = Zeigen Sie uns auf einem dieser Wege, dass Sie erwachsen sind:
deadline-heading = Wenn Sie nichts tun
deadline-text = Wenn Sie nicht innerhalb von { $days ->
    [one] 1 Tag
   *[other] { $days } Tagen
  } zustimmen, löschen wir, was begonnen wurde: Ihre Antwort, Ihre Anfrage und jeden Namen. Ein Konto ohne Familie behält Ihre Adresse, bis Sie es schließen.
back-heading = Sie können es sich anders überlegen
back-text = Sie können Ihre Einwilligung jederzeit zurücknehmen. Melden Sie sich an unter { $url } oder schreiben Sie an { $email }. Dann sammeln wir nichts mehr und löschen, was gesammelt wurde.

voluntary-title = Über Ihre E-Mail-Adresse
voluntary-why-heading = Warum wir sie haben
voluntary-why = Wir haben Ihre E-Mail-Adresse, um Ihnen zu sagen, was Ihr Kind hier tut. Sonst sammeln wir nichts über Ihr Kind.
voluntary-only-heading = Für nichts anderes
voluntary-only = Wir verwenden Ihre Adresse für nichts anderes, geben sie niemandem und fügen ihr nichts hinzu.
refuse-heading = Sie können Nein sagen
voluntary-refuse = Sie können Nein sagen und Ihre Adresse löschen lassen: Schreiben Sie an { $email }.

contact-title = Wir schreiben Ihrem Kind mehr als einmal
contact-why-heading = Die Adresse Ihres Kindes
contact-why = Ihr Kind hat um etwas gebeten, das wir mehr als einmal schicken. Dafür haben wir die E-Mail-Adresse Ihres Kindes.
contact-you-heading = Ihre Adresse
contact-you = Wir haben Ihre Adresse, um Ihnen das zu sagen.
contact-only-heading = Für nichts anderes
contact-only = Wir verwenden beide Adressen für nichts anderes. Wir geben sie niemandem und verbinden sie mit nichts.
contact-refuse = Sie können Nein sagen und beide Adressen löschen lassen: Schreiben Sie an { $email }.
silence-heading = Wenn Sie nichts tun
contact-silence = Wenn Sie nicht antworten, dürfen wir weiter schicken, worum Ihr Kind gebeten hat.

safety-title = Um Ihr Kind zu schützen
safety-why-heading = Warum wir Ihre Namen und Adressen haben
safety-why = Wir haben Namen und Adresse Ihres Kindes und Ihre, um Ihr Kind zu schützen.
safety-only-heading = Für nichts anderes
safety-only = Wir verwenden sie nur dafür.
safety-refuse = Sie können Nein sagen und sie löschen lassen: Schreiben Sie an { $email }.
safety-silence = Wenn Sie nicht antworten, dürfen wir sie verwenden, um Ihr Kind zu schützen.

child-title = Was mit deinen Sachen geschieht
child-hello-heading = Hallo!
child-hello = Dein Spielzeug kann Sachen für dich aufheben. Hier siehst du, was.
child-feature-profile-heading = Dein Name
child-feature-profile = Dein Spielzeug weiß, wie du heißt und ungefähr, wie alt du bist.
child-feature-pictures-heading = Bilder
child-feature-pictures = Wenn du ein Bild machst, wird es aufgehoben.
child-feature-voice-heading = Deine Stimme
child-feature-voice = Wenn du deine Stimme aufnimmst, wird sie aufgehoben.
child-feature-video-heading = Filme
child-feature-video = Wenn du einen Film machst, wird er aufgehoben.
child-feature-activity-heading = Spielen
child-feature-activity = Was du spielst und lernst, wird aufgehoben.
child-feature-downloads-heading = Spiele und Bücher
child-feature-downloads = Was du für dein Spielzeug bekommst, steht in einer Liste.
child-feature-location-heading = Wo du bist
child-feature-location = Dein Spielzeug kann deinen Großen sagen, wo es ist.
child-feature-contacts-heading = Freunde
child-feature-contacts = Dein Spielzeug weiß, wer deine Freunde sind.
child-feature-settings-heading = Regeln
child-feature-settings = Deine Großen können sagen, wie lange du spielst.
child-feature-avatar-heading = Deine Figur
child-feature-avatar = Wie deine Figur aussieht, wird aufgehoben.
child-feature-messages-heading = Nachrichten
child-feature-messages = Du kannst Freunden schreiben. Sie können behalten, was du schickst.
child-see-heading = Wer kann es sehen?
child-see = Deine Großen können es sehen. Spielzeug, das sie ausgesucht haben, auch.
child-nobody = Sonst kann es niemand öffnen. Wir auch nicht.
child-erase-heading = Weg damit
child-erase = Du willst etwas nicht mehr? Bitte deine Großen, es zu löschen.
child-no-heading = Du darfst Nein sagen
child-no = Du darfst immer Nein sagen. Du kannst trotzdem spielen.
child-ask-heading = Frag!
child-ask = Du verstehst etwas nicht? Frag deine Großen.

forms-title = Warum wir danach fragen
forms-text = Das behalten wir, wenn Sie das tun. Mehr: { $url }
feature-accounts = Ihr Konto
feature-verification = Zeigen, dass Sie erwachsen sind
feature-sms = Textnachrichten an Sie
feature-card = Ihre Zahlung mit Karte
feature-verifier = Ihre Prüfung durch einen Prüfdienst
feature-family = Ihre Familie
feature-invitations = Weitere Erziehende einladen
feature-recovery = Verlorene Schlüssel zurückbekommen
feature-toys = Ein Spielzeug verbinden
feature-profile = Ihr Kind
feature-pictures = Bilder
feature-voice = Sprachaufnahmen
feature-video = Filme
feature-activity = Spielen und Lernen
feature-downloads = Downloads
feature-location = Wo ein Spielzeug ist
feature-contacts = Freunde
feature-settings = Grenzen und Einstellungen
feature-avatar = Die Figur in der Spielwelt
feature-messages = Nachrichten
feature-letters = Briefe an Sie
feature-stewards = Hilfe durch unser Personal
feature-log = Das Protokoll
feature-service = Den Dienst nutzen

page-version = Fassung { $version }
page-fingerprint = Fingerabdruck
page-languages = Sprachen
page-notices = Andere Hinweise
page-save = Speichern als
