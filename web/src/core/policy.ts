// Trusted Types: only this policy may name a worker's script, and only one of our own.

const policy = globalThis.trustedTypes?.createPolicy('treehouse-worker', {
  createScriptURL(name: string): string {
    const url = new URL(name, location.origin);
    if (url.origin !== location.origin) throw new TypeError('a worker of another origin');
    return url.href;
  },
});

/** The address of a script of ours, as browsers take it for a worker. */
export const scriptUrl = (name: string): string => (policy ? policy.createScriptURL(name) : name) as string;
