// Trusted Types: only this policy may name a worker's script.
const policy = trustedTypes.createPolicy("treehouse-worker", {
  createScriptURL(name) {
    const url = new URL(name, import.meta.url);
    if (url.origin !== location.origin) throw new TypeError("a worker of another origin");
    return url.href;
  },
});

export function startWorker(name) {
  return new Worker(policy.createScriptURL(name), { type: "module" });
}
