# Les mots des avis en français ; voir en.ftl.

fact = { $what }. Pour quoi : { $why }. Qui peut le lire : { $who }. Combien de temps : { $long }.
stay-unanswered = { $stay }, ou { $other } si rien n’en résulte
stay-backup = { $stay }, puis jusqu’à { $days ->
    [one] { $days } jour
   *[other] { $days } jours
  } dans les sauvegardes
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
  }
hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
  }
days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
  }

what-account-number = Le numéro de votre compte
what-guardian-address = Votre adresse e-mail
what-password-check = Ce qui sert à vérifier votre mot de passe, jamais le mot de passe lui-même
what-account-times = La date d’ouverture de votre compte
what-mailed-link = Le lien que nous vous envoyons
what-session = Le fait que votre navigateur est connecté
what-sealed-keys = Vos propres clés, verrouillées par votre navigateur
what-verification = Votre demande de vérifier que vous êtes adulte
what-verification-proof = Comment et quand cela a été montré, sans aucun document
what-mobile-number = Votre numéro de mobile, si vous choisissez de recevoir un message texte
what-card-payment = Votre paiement par carte et son remboursement, si vous le choisissez
what-outside-check = Qu’un service de vérification a été interrogé à votre sujet, si vous le choisissez
what-signed-form = L’image du formulaire que vous avez signé
what-family-record = Le numéro de votre famille et la place qu’elle occupe
what-decisions = Ce que vous et d’autres responsables avez décidé et signé
what-erasure-receipt = Ce que vous nous avez dit d’effacer, et le reçu
what-sealed-data-labels = À quel enfant, type de données et jouet appartient un élément verrouillé, et sa date
what-sealed-data = Ce que les jouets de votre enfant enregistrent, verrouillé de sorte que nous ne pouvons pas l’ouvrir
what-sealed-data-keys = Notre second verrou sur les données de votre enfant
what-nickname = Le nom que vous donnez à votre enfant
what-age-band = L’âge approximatif de votre enfant, sans date de naissance
what-toy-name = Le nom que vous donnez à un jouet
what-pictures = Les images prises par un jouet, sans lieu ni détails de l’appareil
what-picture-details = La date et la taille d’une image
what-profile-notes = Les noms et notes qu’un jouet garde pour votre enfant
what-voice = Les enregistrements de voix
what-video = Les films
what-activity = Les progrès dans le jeu et l’apprentissage
what-downloads = Ce qui a été téléchargé
what-location = L’endroit où se trouve un jouet
what-contacts = Les personnes que connaît votre enfant
what-settings = Les limites et réglages d’un jouet
what-avatar = Le personnage de votre enfant dans le monde de jeu
what-messages = Les messages entre votre enfant et les personnes que vous avez approuvées
what-toy-linking = Un jouet qui demande à rejoindre votre famille
what-toy-contact = La clé d’un jouet et les jours où il s’est connecté
what-technical-ids = Des numéros qui évitent qu’une demande compte deux fois
what-invitation = L’invitation d’un autre responsable
what-recovery-request = Une demande pour retrouver des clés perdues
what-letters = Les lettres qui attendent de vous être envoyées
what-staff-acts = Ce que notre personnel a fait pour vérifier que vous êtes adulte, et pourquoi
what-complaints = Les réclamations que vous nous envoyez, et nos réponses
what-activity-log = Ce qui a été fait des données de votre famille, et quand
what-network-address = Une forme brouillée de votre adresse réseau
what-backups = Des copies au cas où nos machines tombent en panne

why-maintain = pour faire marcher le service
why-network = pour transporter ce qui est envoyé
why-authenticate = pour savoir qui demande
why-secure = pour vous protéger et protéger le service
why-comply = pour respecter la loi et le prouver
why-answer-child = pour répondre à votre enfant
why-ask-consent = pour demander votre accord
why-care = pour que vous puissiez le voir et décider
why-play = pour que les jouets fassent ce pour quoi ils sont faits
why-chat = pour que votre enfant parle avec les personnes que vous avez approuvées
why-library = pour que votre enfant utilise les titres que vous avez approuvés
why-world = pour que votre enfant joue dans le monde de jeu
why-moderation = pour que du personnel formé examine les signalements
why-recovery = pour que vous retrouviez des clés perdues
why-support = pour que le personnel aide dans un cas précis
why-third-party = pour quelqu’un d’autre que vous avez accepté
why-export = pour que vous puissiez l’emporter

who-guardian = vous
who-family = les responsables de votre famille à qui vous le permettez
who-toy = les jouets de votre famille à qui vous le permettez
who-contact = les personnes d’autres familles que vous avez approuvées
who-server = notre serveur
who-mailer = la partie de notre serveur qui envoie les lettres
who-steward = du personnel formé, pour un cas
who-operator = ceux qui font marcher les machines
who-public = tout le monde, sous forme d’un code qui ne dit rien

until-account-closed = jusqu’à ce que vous fermiez le compte
until-family-ended = jusqu’à la fin de la famille
until-child-erased = jusqu’à ce que vous l’effaciez
until-connection-ended = jusqu’à votre départ
until-deployment-ended = jusqu’à la fin du service
after-link-mailed = { $long } après notre envoi
after-sign-in-begun = { $long } après le début d’une connexion
after-signed-in = { $long } après votre connexion
after-verification-begun = { $long } après votre demande
after-form-sent-back = { $long } après le retour du formulaire
after-upload-begun = { $long } après le début de l’envoi
after-code-shown = { $long } après que le jouet montre son code
after-removed-toy-seen-last = { $long } après la dernière connexion d’un jouet retiré
after-nonce-given = { $long } après que nous le donnons
after-invited = { $long } après votre invitation
after-help-asked = { $long } après votre demande d’aide
after-letter-written = { $long } après la rédaction
after-pass-given = { $long } après la remise
after-act-done = { $long } après l’acte
after-complaint-received = { $long } après sa réception
after-request-answered = { $long } après la réponse
after-request-counted = { $long } après la demande
after-line-written = { $long } après l’écriture
after-backup-taken = { $long } après la copie
after-warning-mailed = { $long } après notre avertissement

party = { $name } ({ $region }), { $purpose }. Reçoit : { $gets }.
party-integral = Le service ne peut pas marcher sans cela.
party-optional = Vous pouvez dire non et utiliser quand même le service.
party-hosting = fait marcher des machines pour nous
party-storage = garde des fichiers verrouillés pour nous
party-backup = garde des sauvegardes pour nous
party-mail = transporte nos lettres
party-sms = transporte nos messages texte
party-payment = prend un paiement qui montre que vous êtes adulte
party-identity-check = vérifie que vous êtes adulte
party-moderation = examine les signalements d’abus
party-library = livre les titres de la bibliothèque
party-advertising = montre de la publicité
party-sale = paie pour ce qu’il reçoit
party-own-request = fait ce que votre famille lui demande

method-e-mail-plus = Par e-mail : vous ouvrez un lien que nous vous envoyons, et un jour plus tard nous écrivons encore une fois.
method-text-plus = Par message texte : vous tapez un code que nous vous envoyons, et un jour plus tard nous en envoyons encore un.
method-signed-form = Par formulaire : vous l’imprimez, le signez et le renvoyez. Deux personnes formées l’examinent.
method-payment-card = Par carte : vous payez un petit montant sur la page d’un service de paiement, et il vous est rendu aussitôt. Nous ne voyons jamais votre carte.
method-questions = Par des questions : vous dites qui vous êtes, et un service de vérification demande ce que vous seul pouvez savoir. Nous transmettons votre nom, votre date de naissance, votre adresse et vos réponses, et n’en gardons rien.
method-government-id = Par une pièce d’identité : vous la montrez sur la page d’un service de vérification, qui l’efface aussitôt. Nous ne la voyons jamais.
method-face-match = Par une pièce d’identité et votre visage : vous montrez les deux sur la page d’un service de vérification. Deux personnes formées de chez nous les y comparent ; puis ils sont effacés. Nous ne gardons aucune image.
method-call = Par téléphone : vous nous appelez, gratuitement, et parlez à une personne formée. Une seconde donne son accord.
method-video = Par vidéo : vous rencontrez une personne formée à l’écran. Une seconde donne son accord. Rien n’est enregistré.

demonstration = Ceci est une démonstration. Rien ici n’est vrai de personne. N’inscrivez pas un vrai enfant.

online-title = Avis de confidentialité
who-heading = Qui fait marcher ce service
who-text = Ceux-ci font marcher le service et en répondent. Écrivez ou appelez si vous avez une question.
who-line = { $name }, { $address }. Téléphone : { $phone }. E-mail : { $email }
who-security = Vous avez trouvé une faille de sécurité ? Dites-le-nous : { $contact }
who-authority = Vous pouvez aussi vous plaindre auprès de { $authority }.
safe-harbor-heading = Qui nous contrôle
safe-harbor-text = Nous sommes membres de { $program } depuis le { $since }. Cela vaut jusqu’au { $ends }. Ce programme contrôle si nous respectons les règles sur la vie privée des enfants. Vous pouvez aussi vous y plaindre : { $site }
safe-harbor-methods = Il a approuvé ces façons de vérifier que vous êtes adulte :
child-data-heading = Ce que nous gardons sur votre enfant
child-data-text = C’est tout ce que nous gardons sur un enfant, et seulement après votre accord.
your-data-heading = Ce que nous gardons sur vous
your-data-text = C’est tout ce que nous gardons sur les responsables.
sensors-heading = Ce que nos jouets peuvent voir, entendre et sentir
sensors-text = Voici tous les capteurs de nos jouets, et à quoi sert chacun.
sensors-one = { $toy } : { $sensor }. { $use }
sensors-none = { $toy } : aucun capteur.
sensor-camera = une caméra
sensor-microphone = un microphone
sensor-location = il sait où il est
sensor-motion = il sent qu’on le bouge
sensor-touch = il sent qu’on le touche
sensor-proximity = il sait si quelque chose est tout près
sensor-light = il sait s’il fait clair
sensor-temperature = il sait s’il fait chaud
sensor-heartbeat = il sent un cœur battre
use-heading = Comment nous l’utilisons
use-text = Nous n’utilisons chaque chose que pour ce qui est écrit à côté.
use-nothing-else = Nous ne montrons pas de publicité. Nous ne vendons rien. Nous n’entraînons pas de machines avec vos données.
public-heading = Ce que les autres peuvent voir
public-none = Votre enfant ne peut rien rendre public ici.
public-chat = Votre enfant peut envoyer des messages aux personnes que vous et l’autre famille avez approuvées. Elles peuvent garder ce qu’elles ont reçu.
public-log = Ce qui est fait de vos données est aussi écrit dans un journal public, sous forme de codes. Un code ne dit rien aux autres. Il nous oblige à rester honnêtes.
others-heading = Qui d’autre reçoit quelque chose
others-none = Personne d’autre ne reçoit rien.
others-services = Ceux-ci travaillent pour nous et ne peuvent utiliser ce qu’ils reçoivent pour rien d’autre :
others-third = Ceux-ci reçoivent quelque chose pour eux-mêmes, et seulement si vous êtes d’accord :
others-separate = Vous pouvez accepter que nous gardions et utilisions des données, et refuser qu’elles soient données à d’autres. Nous le demandons séparément.
retention-heading = Combien de temps nous gardons les choses
retention-text = À côté de chaque chose est écrit combien de temps elle reste. Ensuite, nous l’effaçons. Nous ne gardons rien pour toujours.
retention-inactive = Un compte que personne n’utilise pendant { $days } jours reçoit une lettre. { $more } jours plus tard, nous effaçons la famille et fermons le compte.
retention-backup = Les sauvegardes sont gardées jusqu’à { $days } jours. Les clés sont gardées dans d’autres sauvegardes jusqu’à { $keys } jours. Sans sa clé, ce que vous avez effacé ne peut être lu dans aucune sauvegarde.
internal-heading = Des numéros qui reconnaissent un appareil
internal-text = Sans demander d’abord, nous gardons un numéro qui reconnaît un appareil. Nous l’utilisons seulement pour { $uses }. Nous ne l’utilisons jamais pour écrire à quelqu’un, dresser un profil ou montrer de la publicité : aucune autre partie du service ne peut le lire.
internal-uses = faire marcher le service, le protéger et retenir des réglages
audio-heading = Quand un enfant parle à un jouet
audio-text = Un fichier sonore de la voix de votre enfant sert seulement à faire ce que votre enfant a demandé. Il est effacé tout de suite après la réponse. Il n’est gardé nulle part et ne va à personne.
rights-heading = Ce que vous pouvez faire
rights-text = Vous décidez. Tout cela est gratuit et possible à tout moment :
rights-review = Voir ce que nous gardons : connectez-vous sur { $url }. Vous pouvez tout emporter.
rights-delete = Effacer : une chose, un enfant ou toute la famille. Votre mot de passe suffit.
rights-refuse = Dire non : arrêtez chaque usage séparément. Alors nous ne recueillons plus rien pour cet usage. Tout le reste continue.
rights-correct = Corriger ce qui est faux, au même endroit.
rights-write = Sans compte, ou si vous ne pouvez pas vous connecter, écrivez à { $email }.
security-heading = Comment c’est protégé
security-sealed = Les données de votre enfant sont verrouillées sur vos propres appareils. Notre serveur n’en a pas la clé et ne peut pas les lire.
security-not = Nous ne pouvons pas empêcher quelqu’un que vous laissez entrer de garder ce qu’il a vu. Nous pouvons voir quand quelque chose a été envoyé, par quel jouet et combien.
changes-heading = Si cet avis change
changes-text = Chaque version a un numéro et une empreinte et reste disponible. Si nous voulons recueillir ou utiliser davantage, nous vous demandons d’abord. Jusque-là, la nouveauté reste éteinte pour vous.

direct-title = Votre accord
why-heading = Pourquoi nous vous demandons
why-parent = Vous nous avez donné votre adresse e-mail pour ouvrir un compte. Nous l’utilisons pour demander votre accord.
why-child = Votre enfant nous a donné votre adresse e-mail, et peut-être un nom, pour que nous puissions vous demander.
consent-heading = Rien sans vous
consent-text = Il nous faut votre accord. Sans lui, nous ne recueillons, n’utilisons et ne donnons rien de votre enfant.
direct-data-heading = Ce que nous garderions sur votre enfant
direct-data-text = Si vous êtes d’accord, nous gardons ceci, pour chaque fonction que vous activez :
full-heading = L’avis entier
full-text = Lisez tout l’avis de confidentialité sur { $url }
how-heading = Comment donner votre accord
how-text = Montrez-nous que vous êtes adulte d’une de ces façons :
deadline-heading = Si vous ne faites rien
deadline-text = Si vous ne donnez pas votre accord dans { $days ->
    [one] { $days } jour
   *[other] les { $days } jours
  }, nous effaçons ce qui a été commencé : votre réponse, votre demande et tout nom. Un compte sans famille garde votre adresse jusqu’à ce que vous le fermiez.
back-heading = Vous pouvez changer d’avis
back-text = Vous pouvez retirer votre accord à tout moment. Connectez-vous sur { $url } ou écrivez à { $email }. Alors nous ne recueillons plus rien et effaçons ce qui a été recueilli.

voluntary-title = À propos de votre adresse e-mail
voluntary-why-heading = Pourquoi nous l’avons
voluntary-why = Nous avons votre adresse e-mail pour vous dire ce que votre enfant fait ici. Nous ne recueillons rien d’autre sur votre enfant.
voluntary-only-heading = Pour rien d’autre
voluntary-only = Nous n’utilisons votre adresse pour rien d’autre, ne la donnons à personne et n’y ajoutons rien.
refuse-heading = Vous pouvez dire non
voluntary-refuse = Vous pouvez dire non et faire effacer votre adresse : écrivez à { $email }.

contact-title = Nous écrivons à votre enfant plus d’une fois
contact-why-heading = L’adresse de votre enfant
contact-why = Votre enfant a demandé quelque chose que nous envoyons plus d’une fois. Pour cela, nous avons l’adresse e-mail de votre enfant.
contact-you-heading = Votre adresse
contact-you = Nous avons votre adresse pour vous le dire.
contact-only-heading = Pour rien d’autre
contact-only = Nous n’utilisons les deux adresses pour rien d’autre. Nous ne les donnons à personne et ne les relions à rien.
contact-refuse = Vous pouvez dire non et faire effacer les deux adresses : écrivez à { $email }.
silence-heading = Si vous ne faites rien
contact-silence = Si vous ne répondez pas, nous pouvons continuer à envoyer ce que votre enfant a demandé.

safety-title = Pour protéger votre enfant
safety-why-heading = Pourquoi nous avons vos noms et adresses
safety-why = Nous avons le nom et l’adresse de votre enfant, et les vôtres, pour protéger votre enfant.
safety-only-heading = Pour rien d’autre
safety-only = Nous ne les utilisons que pour cela.
safety-refuse = Vous pouvez dire non et les faire effacer : écrivez à { $email }.
safety-silence = Si vous ne répondez pas, nous pouvons les utiliser pour protéger votre enfant.

child-title = Ce qui arrive à tes affaires
child-hello-heading = Bonjour !
child-hello = Ton jouet peut garder des choses pour toi. Ici tu vois lesquelles.
child-feature-profile-heading = Ton nom
child-feature-profile = Ton jouet sait comment tu t’appelles et à peu près ton âge.
child-feature-pictures-heading = Les images
child-feature-pictures = Quand tu prends une image, elle est gardée.
child-feature-voice-heading = Ta voix
child-feature-voice = Quand tu enregistres ta voix, elle est gardée.
child-feature-video-heading = Les films
child-feature-video = Quand tu fais un film, il est gardé.
child-feature-activity-heading = Jouer
child-feature-activity = Ce que tu joues et apprends est gardé.
child-feature-downloads-heading = Jeux et livres
child-feature-downloads = Ce que tu prends pour ton jouet est noté dans une liste.
child-feature-location-heading = Où tu es
child-feature-location = Ton jouet peut dire à tes grands où il est.
child-feature-contacts-heading = Les amis
child-feature-contacts = Ton jouet sait qui sont tes amis.
child-feature-settings-heading = Les règles
child-feature-settings = Tes grands peuvent dire combien de temps tu joues.
child-feature-avatar-heading = Ton personnage
child-feature-avatar = L’allure de ton personnage est gardée.
child-feature-messages-heading = Les messages
child-feature-messages = Tu peux écrire à des amis. Ils peuvent garder ce que tu envoies.
child-see-heading = Qui peut le voir ?
child-see = Tes grands peuvent le voir. Les jouets qu’ils ont choisis aussi.
child-nobody = Personne d’autre ne peut l’ouvrir. Nous non plus.
child-erase-heading = Effacer
child-erase = Tu n’en veux plus ? Demande à tes grands de l’effacer.
child-no-heading = Tu peux dire non
child-no = Tu peux toujours dire non. Tu peux jouer quand même.
child-ask-heading = Demande !
child-ask = Tu ne comprends pas un mot ? Demande à tes grands.

forms-title = Pourquoi nous demandons cela
forms-text = Voici ce que nous gardons quand vous faites cela. Plus : { $url }
feature-accounts = Votre compte
feature-verification = Montrer que vous êtes adulte
feature-sms = Messages texte pour vous
feature-card = Votre paiement par carte
feature-verifier = Votre contrôle par un service de vérification
feature-family = Votre famille
feature-invitations = Inviter un responsable
feature-recovery = Retrouver des clés perdues
feature-toys = Relier un jouet
feature-profile = Votre enfant
feature-pictures = Les images
feature-voice = Les enregistrements de voix
feature-video = Les films
feature-activity = Jouer et apprendre
feature-downloads = Les téléchargements
feature-location = L’endroit où se trouve un jouet
feature-contacts = Les amis
feature-settings = Limites et réglages
feature-avatar = Le personnage dans le monde de jeu
feature-messages = Les messages
feature-letters = Nos lettres
feature-stewards = L’aide de notre personnel
feature-log = Le journal
feature-service = Utiliser le service

page-version = Version { $version }
page-fingerprint = Empreinte
page-languages = Langues
page-notices = Autres avis
page-save = Enregistrer en
