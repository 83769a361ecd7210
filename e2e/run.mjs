// End-to-end tests in a real browser: `npm test` here, after `cargo xtask web`.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, outcomeOf } from "./browser.mjs";
import { serve } from "./server.mjs";

const core = fileURLToPath(new URL("../web/dist/core", import.meta.url));
const pages = fileURLToPath(new URL("pages", import.meta.url));

let server;
let browser;

before(async () => {
  assert.ok(existsSync(core), "web/dist/core is missing: run `cargo xtask web`");
  server = await serve({ core, pages });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

describe("the core under the strict policy", () => {
  for (const place of ["page", "worker"]) {
    test(`every building block works in a ${place}`, async (t) => {
      const url = `${server.origin}/pages/core.html#${place}`;
      const { outcome, refused, complaints } = await outcomeOf(browser, url);
      const { milliseconds, wrongResponse, ...results } = outcome;
      t.diagnostic(JSON.stringify(milliseconds));

      assert.deepEqual(results, {
        hybrid: "grüß Gott, Treehouse",
        small: "grüß Gott, Treehouse",
        signed: true,
        sealedLength: 22 + 16,
        uploadLength: 192,
      });
      assert.match(wrongResponse, /\S/);
      assert.deepEqual({ refused, complaints }, { refused: [], complaints: [] });
    });
  }
});

// Without these, a server that sends no policy would pass the tests above.
describe("what the policy refuses is noticed", () => {
  const directives = {
    evalOnPage: "require-trusted-types-for",
    evalInWorker: "require-trusted-types-for",
    workerFromText: "require-trusted-types-for",
    scriptFromText: "script-src-elem",
  };
  for (const [attempt, directive] of Object.entries(directives)) {
    test(attempt, async () => {
      const url = `${server.origin}/pages/refused.html#${attempt}`;
      const { outcome, refused } = await outcomeOf(browser, url);
      assert.deepEqual({ outcome, refused }, { outcome: "refused", refused: [directive] });
    });
  }
});
