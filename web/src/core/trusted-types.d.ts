// What TypeScript's own library doesn't know yet of Trusted Types, as far as we use it.

interface TrustedScriptPolicy {
  createScriptURL(name: string): URL;
}

declare var trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(name: string): string },
      ): TrustedScriptPolicy;
    }
  | undefined;
