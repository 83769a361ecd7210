// Passkeys as a way to the keys: what one gives for a fixed salt opens a slot. Nothing of a passkey
// is sent anywhere; who signs in does so by password.
import { t } from './i18n.svelte';

/** The salt of the protocol (section 8), which every client gives. */
const SALT = new TextEncoder().encode('treehouse/guardian-kek/v1');
const CHALLENGE_BYTES = 32;
const ES256 = -7;
const ED25519 = -8;
const RS256 = -257;
const ID_BYTES = 16;

/** The passkey works, but gives no secret. */
export class NoSecret extends Error {}

export const canPasskey = (): boolean => isSecureContext && 'PublicKeyCredential' in window;

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
// Never without the salt: some devices refuse an extension that asks for nothing.
const extensions = () => ({ prf: { eval: { first: SALT } } });

function secretOf(credential: Credential | null): Uint8Array | undefined {
  const results = (credential as PublicKeyCredential | null)?.getClientExtensionResults();
  const first = results?.prf?.results?.first;
  return first && new Uint8Array(first as ArrayBuffer);
}

/** Makes a passkey for this account; answers its secret. */
export async function createPasskey(): Promise<Uint8Array> {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: location.hostname, name: t('appName') },
      user: { id: random(ID_BYTES), name: t('appName'), displayName: t('appName') },
      challenge: random(CHALLENGE_BYTES),
      pubKeyCredParams: [ES256, ED25519, RS256].map((alg) => ({ type: 'public-key' as const, alg })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      extensions: extensions(),
    },
  });
  const secret = secretOf(made);
  if (secret) return secret;
  // Some give it only when they are asked, not when they are made.
  const can = (made as PublicKeyCredential | null)?.getClientExtensionResults().prf?.enabled;
  if (!can) throw new NoSecret();
  return askPasskey();
}

/** Asks for a passkey of this site; answers its secret. */
export async function askPasskey(): Promise<Uint8Array> {
  const given = await navigator.credentials.get({
    publicKey: {
      rpId: location.hostname,
      challenge: random(CHALLENGE_BYTES),
      userVerification: 'required',
      extensions: extensions(),
    },
  });
  const secret = secretOf(given);
  if (!secret) throw new NoSecret();
  return secret;
}
