// End-to-end tests in a real browser: `npm test` here, after `cargo xtask web`.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { launch, openWatched } from "./browser.mjs";
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
  for (const place of ["onPage", "inWorker"]) {
    test(`every building block works ${place}`, async (t) => {
      const watched = await openWatched(browser, `${server.origin}/pages/core.html`);
      await watched.page.waitForFunction((name) => name in window, place);
      const { milliseconds, ...result } = await watched.page.evaluate((name) => window[name](), place);
      t.diagnostic(JSON.stringify(milliseconds));

      assert.deepEqual(result, {
        hybrid: "grüß Gott, Treehouse",
        small: "grüß Gott, Treehouse",
        signed: true,
        sealedLength: 22 + 16,
        uploadLength: 192,
        wrongResponse: result.wrongResponse,
      });
      assert.match(result.wrongResponse, /\S/);
      assert.deepEqual(await watched.refused(), []);
      assert.deepEqual(watched.complaints, []);
      await watched.page.close();
    });
  }
});

// Without these, a server that sends no policy would pass the tests above.
describe("what the policy refuses is noticed", () => {
  const refusals = [
    ["evalOnPage", "script-src"],
    ["evalInWorker", "script-src"],
    ["workerFromText", "require-trusted-types-for"],
  ];
  for (const [attempt, directive] of refusals) {
    test(attempt, async () => {
      const watched = await openWatched(browser, `${server.origin}/pages/eval.html`);
      await watched.page.waitForFunction((name) => name in window, attempt);
      const thrown = await watched.page.evaluate((name) => window[name](), attempt);

      assert.equal(thrown, true);
      await watched.page.waitForFunction(() => window.refused.length > 0);
      assert.deepEqual(await watched.refused(), [directive]);
      await watched.page.close();
    });
  }
});
