// End-to-end tests in a real browser: `npm test` here, after `cargo xtask web`.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, outcomeOf } from "./browser.mjs";
import { EXPECTED } from "./expected.mjs";
import { startNative } from "./native.mjs";
import { serve } from "./server.mjs";

const core = fileURLToPath(new URL("../web/dist/core", import.meta.url));
const corePassword = fileURLToPath(new URL("../web/dist/core-with-password", import.meta.url));
const pages = fileURLToPath(new URL("pages", import.meta.url));

let native;
let server;
let browser;

before(async () => {
  assert.ok(existsSync(core), "web/dist/core is missing: run `cargo xtask web`");
  native = await startNative();
  server = await serve({ core, "core-with-password": corePassword, pages }, native.ask);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  await native?.close();
});

const STORIES = {
  household: "a native family lets the browser in",
  founding: "the browser founds a family and lets native members in",
  damage: "what was changed on its way is refused by name",
  password: "a guardian finds its keys again by each way back",
  letters: "others are let in, and a blob is sealed by the browser",
};

describe("the core under the strict policy, against the native build", () => {
  for (const [journey, story] of Object.entries(STORIES)) {
    for (const place of ["page", "worker"]) {
      test(`${story}, in a ${place}`, async (t) => {
        const url = `${server.origin}/pages/core.html#${place}/${journey}`;
        const { outcome, refused, complaints } = await outcomeOf(browser, url);
        const { milliseconds, ...results } = outcome;
        t.diagnostic(JSON.stringify(milliseconds));
        assert.deepEqual(results, EXPECTED[journey]);
        assert.deepEqual({ refused, complaints }, { refused: [], complaints: [] });
      });
    }
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
