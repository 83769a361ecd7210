// One piece of work at a time, and what a page shows of it: that it runs, and why it failed.
import { untrack } from 'svelte';

export class Attempt {
  /** What is being done, by its name, where a page has more than one thing to do. */
  doing = $state<string>();
  /** Why the last attempt failed. */
  error = $state.raw<unknown>();

  get busy(): boolean {
    return this.doing !== undefined;
  }

  /** Does the work, unless some is being done already; says whether it succeeded. */
  async run(work: () => Promise<void>, name = 'work'): Promise<boolean> {
    // An effect may begin it: that mustn't begin again because it ended.
    if (untrack(() => this.busy)) return false;
    this.doing = name;
    this.error = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.error = thrown;
      return false;
    } finally {
      this.doing = undefined;
    }
  }
}
