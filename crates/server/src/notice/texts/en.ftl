# The words of the notices in English. What is collected, why, for whom and how long comes from the
# data map and the registers; here stands only how each is called.

# How a fact is said. The parts are read back by a test: no phrase may hold "; ".
fact = { $what }. What for: { $why }. Who can read it: { $who }. How long: { $long }.
stay-unanswered = { $stay }, or { $other } if nothing comes of it
stay-backup = { $stay }, then up to { $days ->
    [one] 1 day
   *[other] { $days } days
  } in backups
minutes = { $count ->
    [one] 1 minute
   *[other] { $count } minutes
  }
hours = { $count ->
    [one] 1 hour
   *[other] { $count } hours
  }
days = { $count ->
    [one] 1 day
   *[other] { $count } days
  }

# What the data are called.
what-account-number = The number of your account
what-guardian-address = Your e-mail address
what-password-check = What your password is checked with, never the password itself
what-account-times = When you opened the account
what-mailed-link = The link that we mail to you
what-session = That your browser is signed in
what-sealed-keys = Your own keys, locked by your browser
what-verification = That you asked us to check that you are an adult
what-verification-proof = How and when that was shown, without any document
what-mobile-number = Your mobile number, if you choose to be texted
what-card-payment = That you pay by card, and get it back, if you choose that
what-outside-check = That a verification service was asked about you, if you choose that
what-signed-form = The picture of the form that you signed
what-family-record = The number of your family and how much room it uses
what-decisions = What you and other guardians decided and signed
what-erasure-receipt = What you told us to erase, and the receipt
what-sealed-data-labels = Which child, kind of data and toy a locked item belongs to, and when it came
what-sealed-data = What your child's toys save, locked so that we can't open it
what-sealed-data-keys = Our own second lock on your child's data
what-nickname = What you call your child
what-age-band = Roughly how old your child is, without a birthday
what-toy-name = What you call a toy
what-pictures = Pictures that a toy takes, without place or camera details
what-picture-details = When a picture was taken, and its size
what-profile-notes = Names and notes that a toy keeps for your child
what-voice = Voice recordings
what-video = Films
what-activity = Play and learning progress
what-downloads = What was downloaded
what-location = Where a toy is
what-contacts = Whom your child knows
what-settings = Limits and settings of a toy
what-avatar = Your child's figure in the play world
what-messages = Messages between your child and people you approved
what-toy-linking = A toy that asks to join your family
what-toy-contact = The key of a toy, and the days on which it was in touch
what-technical-ids = Numbers that keep a request from counting twice
what-invitation = An invitation of a further guardian
what-recovery-request = A request to get back lost keys
what-letters = Letters that wait to be sent to you
what-staff-acts = What our staff did to check that you are an adult, and why
what-complaints = Complaints that you send to us, and our answers
what-activity-log = What was done with your family's data, and when
what-network-address = A scrambled form of the network address you come from
what-backups = Copies for the case that our machines break

# What for.
why-maintain = to keep the service working
why-network = to carry what is sent
why-authenticate = to know who asks
why-secure = to protect you and the service
why-comply = to obey the law and prove it
why-answer-child = to answer your child
why-ask-consent = to ask for your consent
why-care = so that you can see it and decide
why-play = so that toys can do what they are for
why-chat = so that your child can talk to people you approved
why-library = so that your child can use titles you approved
why-world = so that your child can play in the play world
why-moderation = so that trained staff can look at reports of abuse
why-recovery = so that you can get back lost keys
why-support = so that staff can help with one case
why-third-party = for somebody else whom you agreed to
why-export = so that you can take it with you

# For whom.
who-guardian = you
who-family = guardians in your family whom you let
who-toy = toys in your family that you let
who-contact = people of other families you approved
who-server = our server
who-mailer = the part of our server that sends letters
who-steward = trained staff, for one case
who-operator = who runs the machines
who-public = everybody, as a code that tells nothing

# How long.
until-account-closed = until you close the account
until-family-ended = until the family ends
until-child-erased = until you erase it
until-connection-ended = until you go
until-deployment-ended = until the service ends
after-link-mailed = { $long } after we mail it
after-sign-in-begun = { $long } after a sign-in begins
after-signed-in = { $long } after you sign in
after-verification-begun = { $long } after you ask
after-form-sent-back = { $long } after the form comes back
after-upload-begun = { $long } after an upload begins
after-code-shown = { $long } after the toy shows its code
after-removed-toy-seen-last = { $long } after a removed toy was last in touch
after-nonce-given = { $long } after we give it out
after-invited = { $long } after you invite
after-help-asked = { $long } after you ask for help
after-letter-written = { $long } after it is written
after-pass-given = { $long } after it is given
after-act-done = { $long } after it is done
after-complaint-received = { $long } after it came
after-request-answered = { $long } after the answer
after-request-counted = { $long } after the request
after-line-written = { $long } after it is written
after-backup-taken = { $long } after the copy is made
after-warning-mailed = { $long } after we warn you

# Others who get something.
party = { $name } ({ $region }), { $purpose }. It gets: { $gets }.
party-integral = The service can't work without it.
party-optional = You can say no to this and still use the service.
party-hosting = runs machines for us
party-storage = stores locked files for us
party-backup = stores backups for us
party-mail = carries our letters
party-sms = carries our text messages
party-payment = takes a payment that shows that you are an adult
party-identity-check = checks that you are an adult
party-moderation = looks at reports of abuse
party-library = delivers titles of the library
party-advertising = shows advertisements
party-sale = pays for what it gets
party-own-request = does what your family asks it to do

# Ways to show that somebody is an adult.
method-e-mail-plus = By e-mail: you open a link that we mail to you, and a day later we write once more.
method-text-plus = By text message: you type a code that we text to you, and a day later we text once more.
method-signed-form = By a form: you print it, sign it and send it back. Two trained people look at it.
method-payment-card = By card: you pay a small amount on the page of a payment service, and get it back at once. We never see your card.
method-questions = By questions: you say who you are, and a verification service asks what only you can know. We pass on your name, day of birth, address and answers, and keep none of them.
method-government-id = By an identity document: you show it on the page of a verification service, which deletes it at once. We never see it.
method-face-match = By an identity document and your face: you show both on the page of a verification service. Two trained people of ours compare them there; then they are deleted. We keep no picture.
method-call = By telephone: you call us, free of charge, and talk to a trained person. A second one agrees.
method-video = By video: you meet a trained person on a screen. A second one agrees. Nothing is recorded.

demonstration = This is a demonstration. Nothing here is true of anybody. Do not enter a real child.

online-title = Privacy notice
who-heading = Who runs this service
who-text = These run the service and answer for it. Write or call if you have a question.
who-line = { $name }, { $address }. Telephone: { $phone }. E-mail: { $email }
who-security = Did you find a hole in our security? Tell us: { $contact }
who-authority = You can also complain to { $authority }.
safe-harbor-heading = Who checks us
safe-harbor-text = We belong to { $program } since { $since }. This counts until { $ends }. It checks if we keep the rules for children's privacy. You can also complain there: { $site }
safe-harbor-methods = It has approved these ways to check that you are an adult:
child-data-heading = What we keep about your child
child-data-text = This is all that we keep about a child, and only after you agree to it.
your-data-heading = What we keep about you
your-data-text = This is all that we keep about guardians.
sensors-heading = What our toys can see, hear and feel
sensors-text = These are all the sensors of our toys, and what each is for.
sensors-one = { $toy }: { $sensor }. { $use }
sensors-none = { $toy }: no sensors.
sensor-camera = a camera
sensor-microphone = a microphone
sensor-location = it knows where it is
sensor-motion = it feels when it is moved
sensor-touch = it feels when it is touched
sensor-proximity = it knows when something is near
sensor-light = it knows how bright it is
sensor-temperature = it knows how warm it is
sensor-heartbeat = it feels a heart beat
use-heading = How we use it
use-text = We use each thing only for what stands beside it.
use-nothing-else = We show no advertising. We sell nothing. We train no machines with your data.
public-heading = What others can see
public-none = Your child can't make anything public here.
public-chat = Your child can send messages to people that you and the other family approved. They can keep what they got.
public-log = What is done with your data is also written into a public log, as codes. A code tells nothing to others. It keeps us honest.
others-heading = Who else gets something
others-none = Nobody else gets anything.
others-services = These work for us and may use what they get for nothing else:
others-third = These get something for themselves, and only if you agree:
others-separate = You can agree that we keep and use data, and still say no to giving it to others. We ask for that on its own.
retention-heading = How long we keep things
retention-text = Each thing above says how long it stays. When that time is over, we delete it. We keep nothing for ever.
retention-inactive = An account that nobody uses for { $days } days gets a letter. { $more } days later we erase the family and close the account.
retention-backup = Backups are kept for up to { $days } days. Keys are kept in other backups for up to { $keys } days. Without its key, what you erased can't be read in any backup.
internal-heading = Numbers that know a device again
internal-text = Without asking first, we keep a number that knows a device again. We use it only to { $uses }. We never use it to write to anybody, to build a profile or to show advertising: no other part of the service can read it.
internal-uses = run the service, keep it safe and remember settings
audio-heading = When a child speaks to a toy
audio-text = A sound file of your child's voice is used only to do what your child asked for. It is deleted at once after the answer. It is kept nowhere and goes to nobody.
rights-heading = What you can do
rights-text = You decide. All of this is free, and you can do it at any time:
rights-review = See what we keep: sign in at { $url }. You can take everything with you.
rights-delete = Delete: erase one thing, a child or the whole family. Your password is enough.
rights-refuse = Say no: switch off each purpose on its own. Then we collect nothing more for it. Everything else goes on.
rights-correct = Put right what is wrong, at the same place.
rights-write = Without an account, or if you can't sign in, write to { $email }.
security-heading = How it is protected
security-sealed = Your child's data is locked on your own devices. Our server has no key to it, so it can't read it.
security-not = We can't stop somebody you let in from keeping what they saw. We can see when something was sent, by which toy and how much.
changes-heading = If this notice changes
changes-text = Each version has a number and a fingerprint and stays available. If we want to collect or use more, we ask you again first. Until then, the new part stays off for you.

direct-title = Your consent
why-heading = Why we ask you
why-parent = You gave us your e-mail address to open an account. We use it to ask for your consent.
why-child = Your child gave us your e-mail address, and maybe a name, so that we can ask you.
consent-heading = Nothing without you
consent-text = We need your consent. Without it, we collect, use and give away nothing of your child.
direct-data-heading = What we would keep about your child
direct-data-text = If you agree, we keep these, for each feature that you switch on:
full-heading = The whole notice
full-text = Read the whole privacy notice at { $url }
how-heading = How you agree
how-text = Show us that you are an adult in one of these ways:
deadline-heading = If you do nothing
deadline-text = If you don't agree within { $days ->
    [one] 1 day
   *[other] { $days } days
  }, we delete what was begun: your answer, your request and any name. An account without a family holds your address until you close it.
back-heading = You can change your mind
back-text = You can take your consent back at any time. Sign in at { $url } or write to { $email }. Then we collect nothing more, and delete what was collected.

voluntary-title = About your e-mail address
voluntary-why-heading = Why we have it
voluntary-why = We took your e-mail address to tell you what your child does here. We collect nothing else about your child.
voluntary-only-heading = For nothing else
voluntary-only = We use your address for nothing else, give it to nobody, and add nothing to it.
refuse-heading = You can say no
voluntary-refuse = You can say no to this and have your address deleted: write to { $email }.

contact-title = We write to your child more than once
contact-why-heading = Your child's address
contact-why = Your child asked for something that we send more than once. For that we took your child's e-mail address.
contact-you-heading = Your address
contact-you = We took your address to tell you so.
contact-only-heading = For nothing else
contact-only = We use both addresses for nothing else. We give them to nobody and put them together with nothing.
contact-refuse = You can say no and have both addresses deleted: write to { $email }.
silence-heading = If you do nothing
contact-silence = If you don't answer, we may go on sending what your child asked for.

safety-title = To keep your child safe
safety-why-heading = Why we have your names and addresses
safety-why = We took your child's name and address, and yours, to protect your child's safety.
safety-only-heading = For nothing else
safety-only = We use them for nothing but that.
safety-refuse = You can say no and have them deleted: write to { $email }.
safety-silence = If you don't answer, we may use them to keep your child safe.

child-title = What happens with your things
child-hello-heading = Hello!
child-hello = Your toy can save things for you. Here you see what.
child-feature-profile-heading = Your name
child-feature-profile = Your toy knows what you are called and about how old you are.
child-feature-pictures-heading = Pictures
child-feature-pictures = When you take a picture, it is saved.
child-feature-voice-heading = Your voice
child-feature-voice = When you record your voice, it is saved.
child-feature-video-heading = Films
child-feature-video = When you make a film, it is saved.
child-feature-activity-heading = Playing
child-feature-activity = What you play and learn is saved.
child-feature-downloads-heading = Games and books
child-feature-downloads = What you get for your toy is saved in a list.
child-feature-location-heading = Where you are
child-feature-location = Your toy can tell your grown-ups where it is.
child-feature-contacts-heading = Friends
child-feature-contacts = Your toy knows who your friends are.
child-feature-settings-heading = Rules
child-feature-settings = Your grown-ups can set how long you play.
child-feature-avatar-heading = Your figure
child-feature-avatar = What your figure looks like is saved.
child-feature-messages-heading = Messages
child-feature-messages = You can write to friends. They can keep what you send.
child-see-heading = Who can see it?
child-see = Your grown-ups can see it. The toys they chose can see it, too.
child-nobody = Nobody else can open it. We can't, either.
child-erase-heading = Take it away
child-erase = You don't want it any more? Ask your grown-up to erase it.
child-no-heading = You may say no
child-no = You may always say no. You can still play.
child-ask-heading = Ask!
child-ask = You don't know what something means? Ask a grown-up.

forms-title = Why we ask for this
forms-text = Here is what we keep when you do this. More: { $url }
feature-accounts = Your account
feature-verification = Showing that you are an adult
feature-sms = Text messages to you
feature-card = Your payment by card
feature-verifier = Your check by a verification service
feature-family = Your family
feature-invitations = Inviting a guardian
feature-recovery = Getting back lost keys
feature-toys = Linking a toy
feature-profile = Your child
feature-pictures = Pictures
feature-voice = Voice recordings
feature-video = Films
feature-activity = Play and learning
feature-downloads = Downloads
feature-location = Where a toy is
feature-contacts = Friends
feature-settings = Limits and settings
feature-avatar = The figure in the play world
feature-messages = Messages
feature-letters = Letters to you
feature-stewards = Help by our staff
feature-log = The log
feature-service = Using the service

page-version = Version { $version }
page-fingerprint = Fingerprint
page-languages = Languages
page-notices = Other notices
page-save = Save as
