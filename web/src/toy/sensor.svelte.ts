// The toy's camera and microphone. Nothing opens them but this, so that none is ever open without the
// lamp on the toy's body and a sound at its beginning and its end (UK Children's Code, standard 14).

const [BEGIN_HZ, END_HZ] = [880, 440];
const BEEP_S = 0.15;
const LOUD = 0.2;

/** How many are open. */
let open = $state(0);

/** Whether a camera or a microphone is on: the lamp. */
export const senses = (): boolean => open > 0;

/** Tells by a sound; it is over before this is, so that no recording has it. */
async function beep(hertz: number): Promise<void> {
  const context = new AudioContext();
  const [tone, loud] = [context.createOscillator(), context.createGain()];
  const over = new Promise((resolve) => tone.addEventListener('ended', resolve, { once: true }));
  tone.frequency.value = hertz;
  loud.gain.value = LOUD;
  tone.connect(loud).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + BEEP_S);
  // A device without a loudspeaker never says that a sound is over, and the lamp is on all the same.
  await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 2 * BEEP_S * 1000))]);
  await context.close();
}

/** A camera or a microphone that is on. */
export class Sensor {
  readonly stream: MediaStream;
  #off = false;

  private constructor(stream: MediaStream) {
    this.stream = stream;
  }

  /** Opens what is asked for, with the lamp on from before the first frame. Throws if it may not be used. */
  static async on(wanted: MediaStreamConstraints): Promise<Sensor> {
    open += 1;
    try {
      const sensor = new Sensor(await navigator.mediaDevices.getUserMedia(wanted));
      await beep(BEGIN_HZ);
      return sensor;
    } catch (thrown) {
      open -= 1;
      throw thrown;
    }
  }

  /** Ends it: first the sensor, then the lamp. */
  off(): void {
    if (this.#off) return;
    this.#off = true;
    for (const track of this.stream.getTracks()) track.stop();
    open -= 1;
    void beep(END_HZ);
  }
}
