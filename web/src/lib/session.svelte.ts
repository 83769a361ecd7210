// What pages know of the guardian and the family. Keys and proofs stay in the core's worker.
import type { Core, Deployment, Family, Picture, Recording, Standing, Verification } from '../core/api';
import { currentLanguage } from './i18n.svelte';
import { fetchNotice } from './notice';
import { core } from './open';
import { wish } from './router.svelte';
import { isGrave, troubleOf } from './trouble';

/** Only an id: it says nothing about anybody, and counts only for who is signed in. */
const PENDING = 'treehouse.verification';

/** Nobody consents by what is switched on beforehand (GDPR Art. 4(11), recital 32). */
const NOTHING = { photos: false, settings: false };

/** Offline the app still opens, and says so. */
function unlessGrave<T>(asked: Promise<T>, otherwise: () => T | Promise<T>): Promise<T> {
  return asked.catch((error: unknown) => {
    if (isGrave(error)) throw error;
    return otherwise();
  });
}

class Session {
  deployment = $state.raw<Deployment>();
  standing = $state.raw<Standing>({ signedIn: false, unlocked: false });
  family = $state.raw<Family>();
  /** Why the family couldn't be read. */
  trouble = $state.raw<unknown>();
  started = $state(false);
  /** Whether the account is known to have no keys yet, so that there's nothing to unlock. */
  keyless = $state(false);
  /** Whether it is known what family there is, if any. */
  entered = $state(false);
  failed = $state.raw<unknown>();
  online = $state(navigator.onLine);
  /** Counts what the live channel rang for: pages read anew when it changes. */
  rings = $state(0);
  /** The kit's code while it's shown, and only then. */
  kit = $state.raw<string>();
  /** What was switched on in the consent screen; toys are offered no more than that. */
  chosen = $state(NOTHING);
  /** The notice that consents are bound to: the one that was read. */
  noticeHash = $state('');
  #stopLive?: () => void;

  async start(): Promise<void> {
    addEventListener('online', () => (this.online = true));
    addEventListener('offline', () => (this.online = false));
    try {
      this.standing = await unlessGrave(core.resume(), () => core.standing());
      this.deployment = await unlessGrave(core.deployment(), () => undefined);
      if (this.standing.unlocked) await this.enter();
    } catch (error) {
      this.failed = error;
    } finally {
      this.started = true;
    }
  }

  get the(): Core {
    return core;
  }

  async signIn(email: string, password: string): Promise<void> {
    this.standing = await this.the.signIn(email, password);
    await this.unlock();
  }

  async register(token: string, password: string): Promise<void> {
    this.standing = await this.the.register(token, password);
    await this.unlock();
  }

  /** Opens the keys if there are any; a fresh account has none, and that's no trouble. */
  async unlock(): Promise<void> {
    if (!this.standing.unlocked) {
      try {
        this.standing = await this.the.unlock();
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble?.status === 404 || trouble?.kind === 'not-now') this.keyless = true;
        else if (trouble?.kind !== 'locked') throw error;
      }
    }
    if (this.standing.unlocked) await this.enter();
  }

  async unlockWithKit(code: string): Promise<void> {
    this.standing = await this.the.unlockWithKit(code);
    await this.enter();
  }

  async unlockWithPasskey(output: Uint8Array): Promise<void> {
    this.standing = await this.the.unlockWithPasskey(output);
    await this.enter();
  }

  async makeKeys(invitation?: string): Promise<void> {
    this.kit = await this.the.makeKeys(invitation);
    this.standing = await this.the.standing();
    this.keyless = false;
  }

  /** Reads the family, and listens for more. */
  async enter(): Promise<void> {
    this.standing = await this.the.standing();
    if (this.standing.family) await this.refresh();
    this.entered = true;
    if (!this.standing.family) return;
    this.#stopLive ??= this.the.live(() => {
      this.rings += 1;
      void this.refresh();
    });
  }

  async refresh(): Promise<void> {
    try {
      this.family = await this.the.family();
      this.trouble = undefined;
    } catch (error) {
      this.trouble = error;
    }
  }

  async found(verification: string): Promise<void> {
    this.family = await this.the.foundFamily(verification);
    this.pending = undefined;
    await this.enter();
  }

  async signOut(everywhere: boolean): Promise<void> {
    await this.the.signOut(everywhere);
    this.leave();
  }

  /** Back to the state of a stranger, whatever the reason. */
  leave(): void {
    this.#stopLive?.();
    this.#stopLive = undefined;
    this.family = undefined;
    this.kit = undefined;
    this.keyless = false;
    this.entered = false;
    this.pending = undefined;
    this.chosen = NOTHING;
    this.noticeHash = '';
    wish(undefined);
    this.standing = { signedIn: false, unlocked: false };
  }

  /** Whether the newest notice must be shown before a consent: nobody of the family has agreed to it. */
  async mustRead(): Promise<boolean> {
    if (this.noticeHash) return false;
    const { hash } = await fetchNotice('direct', currentLanguage());
    const grants = this.family?.children.flatMap((child) => child.grants) ?? [];
    if (grants.some((grant) => grant.notice === hash)) this.noticeHash = hash;
    return !this.noticeHash;
  }

  get pending(): string | undefined {
    return localStorage.getItem(PENDING) ?? undefined;
  }

  set pending(id: string | undefined) {
    if (id) localStorage.setItem(PENDING, id);
    else localStorage.removeItem(PENDING);
  }

  async askVerification(method: string, notice: string, number?: string): Promise<Verification> {
    const asked = await this.the.askVerification(method, notice, number);
    this.pending = asked.id;
    return asked;
  }

  /** The pictures of every child, the newest first. */
  async album(): Promise<Picture[]> {
    const albums: Picture[][] = [];
    for (const child of this.family?.children ?? []) albums.push(await this.the.album(child.id));
    return albums.flat().sort((a, b) => (b.takenMs ?? 0) - (a.takenMs ?? 0));
  }

  /** The voice messages and films of every child. */
  async recordings(): Promise<Recording[]> {
    const recordings: Recording[][] = [];
    for (const { id, categories } of this.family?.children ?? []) {
      const some = categories.includes('voice') || categories.includes('video');
      if (some) recordings.push(await this.the.recordings(id));
    }
    return recordings.flat();
  }

  child(id: string | undefined) {
    return this.family?.children.find((child) => child.id === id);
  }

  toy(key: string | undefined) {
    return this.family?.toys.find((toy) => toy.key === key);
  }
}

export const session = new Session();
