// The state of the simulated toy. Its keys live in the core's worker, sealed in this browser.
import type { Category, ToyState, Verdict } from '../core/api';
import { Attempt } from '../lib/attempt.svelte';
import { localNow } from '../lib/limits';
import { toy as core } from '../lib/open';
import { poll } from '../lib/poll';
import { troubleOf } from '../lib/trouble';

export type Kind = 'watch' | 'camera' | 'tablet';

interface Sealed {
  name: string;
  bytes: number;
  head: Uint8Array;
}

/** What each can do, by the bits of the protocol: a camera, a microphone, a screen. */
const [CAMERA, MICROPHONE, SCREEN] = [1, 2, 8];
const CAPS: Record<Kind, number> = {
  camera: CAMERA | SCREEN,
  watch: CAMERA | MICROPHONE | SCREEN,
  tablet: CAMERA | MICROPHONE | SCREEN,
};

const KEPT = 'treehouse.toy';
const ASK_EVERY_MS = 1500;
const REFRESH_EVERY_MS = 8000;
const PLAY_MINUTES = 15;

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

class Toy extends Attempt {
  kind = $state<Kind>('camera');
  state = $state.raw<ToyState>();
  code = $state.raw<{ code: string; qr: string }>();
  progress = $state.raw<{ state: 'waiting' | 'proposed' | 'accepted' | 'linked'; pictures?: string[] }>();
  online = $state(true);
  sent = $state<number>();
  /** What the limits say of pictures and of games, now. */
  pictures = $state.raw<Verdict>();
  play = $state.raw<Verdict>();
  /** The last picture as the toy sees it, and what leaves it. */
  plain = $state<string>();
  plainKind = $state<'picture' | 'voice' | 'video'>('picture');
  sealed = $state.raw<Sealed[]>([]);
  wiped = $state(false);
  started = $state(false);
  #stop?: () => void;

  get may(): boolean {
    return this.mayAdd('photos');
  }

  /** Whether a guardian has agreed that it adds something of this kind. */
  mayAdd(kind: Category): boolean {
    return !!this.state?.may.some(([category, rights]) => category === kind && rights !== 'read');
  }

  /** Whether it has a microphone, and so may be asked to say something. */
  get records(): boolean {
    return (CAPS[this.kind] & MICROPHONE) !== 0;
  }

  start(): Promise<boolean> {
    return this.run(async () => {
      const [kind, id] = (localStorage.getItem(KEPT) ?? '').split(' ');
      try {
        if (!id) return;
        this.kind = kind as Kind;
        this.#take(await core.open(id));
        if (this.state?.linked) this.#watch();
        await this.#askLimits();
      } catch {
        // A toy that isn't there any more: begin with a new one.
        localStorage.removeItem(KEPT);
      } finally {
        this.started = true;
      }
    });
  }

  create(kind: Kind): Promise<boolean> {
    return this.run(async () => {
      this.kind = kind;
      this.#take(await core.create(kind));
      localStorage.setItem(KEPT, `${kind} ${this.state?.id}`);
    });
  }

  ask(): Promise<boolean> {
    return this.run(async () => {
      this.code = await core.askCode(CAPS[this.kind]);
      this.progress = { state: 'waiting' };
      this.#stop?.();
      this.#stop = poll(() => this.#look(), ASK_EVERY_MS, (thrown) => (this.error = thrown));
    });
  }

  async #look(): Promise<boolean> {
    if (!this.online) return false;
    this.progress = await core.progress();
    if (this.progress.state !== 'linked') return false;
    this.#take(await core.refresh());
    this.code = undefined;
    await this.#askLimits();
    this.#watch();
    return true;
  }

  accept(): Promise<boolean> {
    return this.run(async () => {
      await core.accept();
      this.progress = { state: 'accepted', pictures: this.progress?.pictures };
    });
  }

  /** Looks for decisions of the guardians, and sends what waits. */
  #watch(): void {
    this.#stop?.();
    this.#stop = poll(async () => {
      if (this.online && !this.busy) await this.#meet();
      else await this.#askLimits();
      return this.wiped;
    }, REFRESH_EVERY_MS, (thrown) => this.#met(thrown));
  }

  async #meet(): Promise<void> {
    this.#take(await core.refresh());
    await this.#askLimits();
    if (this.state?.waiting) await this.#send();
  }

  #met(thrown: unknown): void {
    const trouble = troubleOf(thrown);
    if (trouble && /wiped/i.test(trouble.text)) this.wiped = true;
    else if (trouble?.kind !== 'unreachable') this.error = thrown;
  }

  snap(jpeg: Blob): Promise<boolean> {
    return this.run(async () => {
      this.#take(await core.snap(await bytesOf(jpeg), localNow(), Date.now()));
      await this.#show(jpeg, 'picture');
    });
  }

  say(sound: Blob): Promise<boolean> {
    return this.run(async () => {
      this.#take(await core.say(await bytesOf(sound), localNow(), Date.now()));
      await this.#show(sound, 'voice');
    });
  }

  film(film: Blob, poster: Blob): Promise<boolean> {
    return this.run(async () => {
      this.#take(await core.film(await bytesOf(film), await bytesOf(poster), localNow(), Date.now()));
      await this.#show(film, 'video');
    });
  }

  /** What was taken, beside what leaves the toy; and it goes. */
  async #show(plain: Blob, kind: 'picture' | 'voice' | 'video'): Promise<void> {
    if (this.plain) URL.revokeObjectURL(this.plain);
    this.plain = URL.createObjectURL(plain);
    this.plainKind = kind;
    const sealed = await core.wire();
    // What was sent leaves the outbox: what it looked like stays on the panel.
    if (sealed.length) this.sealed = sealed;
    if (this.online) await this.#send();
    await this.#askLimits();
  }

  spend(): Promise<boolean> {
    return this.run(async () => {
      this.play = await core.spend('play', localNow(), PLAY_MINUTES);
      await this.#askLimits();
    });
  }

  /** Clocks go on, so it is asked again and again; the toy needs nobody to answer it. */
  async #askLimits(): Promise<void> {
    if (!this.state?.linked) return;
    this.pictures = await core.may('pictures', localNow());
    this.play = await core.may('play', localNow());
  }

  sync(): Promise<boolean> {
    return this.run(() => this.#send());
  }

  async #send(): Promise<void> {
    const { sent, waiting } = await core.sync();
    if (sent) this.sent = sent;
    if (this.state) this.state = { ...this.state, waiting };
  }

  setOnline(on: boolean): void {
    this.online = on;
    if (on && this.state?.linked) void this.run(() => this.#meet().catch((thrown) => this.#met(thrown)));
  }

  forget(): Promise<boolean> {
    return this.run(async () => {
      this.#stop?.();
      await core.forget();
      localStorage.removeItem(KEPT);
      location.reload();
    });
  }

  #take(state: ToyState): void {
    this.state = state;
    this.wiped = state.wiped;
    if (!state.lost) return;
    // What it took isn't shown to whoever has found it.
    if (this.plain) URL.revokeObjectURL(this.plain);
    this.plain = undefined;
    this.sealed = [];
  }
}

export const toy = new Toy();
