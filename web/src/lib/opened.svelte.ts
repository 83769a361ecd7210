/** Something that the core opens, as an address for an element that shows it: it lives as long as that. */
export class Opened {
  url = $state<string>();
  broken = $state(false);

  /** Opens it, and again when what `open` reads has changed. To be made while a component is. */
  constructor(open: () => Promise<Blob>) {
    $effect(() => {
      let made: string | undefined;
      let gone = false;
      this.broken = false;
      open().then(
        (blob) => {
          if (!gone) this.url = made = URL.createObjectURL(blob);
        },
        () => (this.broken = !gone),
      );
      return () => {
        gone = true;
        this.url = undefined;
        if (made) URL.revokeObjectURL(made);
      };
    });
  }
}
