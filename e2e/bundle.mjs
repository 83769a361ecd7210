// The program that browsers run: only one that the public log holds, once a browser has one.

import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";

// A debug build serves this folder as it is at the moment.
const ENTRY = new URL("../web/dist/app/index.html", import.meta.url);
const SMALLER = new URL("../web/dist/app/index.html.br", import.meta.url);
const CHANGED = "Not the program";
const GUARDED_S_MAX = 30;

let demo;
let browser;
let words;
let honest;
let smaller;

async function restore() {
  await writeFile(ENTRY, honest);
  await writeFile(SMALLER, smaller);
}

before(async () => {
  demo = await startDemo();
  browser = await launch();
  words = await messages("en");
  [honest, smaller] = [await readFile(ENTRY, "utf8"), await readFile(SMALLER)];
});

after(async () => {
  if (smaller) await restore();
  await browser?.close();
  await demo?.close();
});

/** Until the service worker has taken the program and answers for this page. */
async function guarded(page) {
  // No waitForFunction: it takes the promise for a yes.
  const isGuarded = () =>
    page.evaluate(async () => {
      const found = await (await caches.open("treehouse-bundle")).match("/.accepted");
      return Boolean(found && navigator.serviceWorker.controller);
    });
  for (let second = 0; !(await isGuarded()); second += 1) {
    assert.ok(second < GUARDED_S_MAX, "no service worker answers for this page");
    await pause(1_000);
  }
}

const title = (page) => page.getByRole("heading", { level: 1, name: words["welcome.title"] });
const refusal = (page) => page.getByText(words["guard.refused"]);

test("an honest program runs, offline too; a changed one is refused", { timeout: 180_000 }, async () => {
  const { context, seen } = await visitor(browser, demo.origin, { size: "phone" });
  // It asks all the time, as many tabs would: no answer may undo what a later look has found.
  await context.addInitScript(() => {
    const ask = () => navigator.serviceWorker?.controller?.postMessage("state");
    setInterval(ask, 5);
  });
  const page = await context.newPage();
  await page.goto(demo.origin);
  await title(page).waitFor();
  await guarded(page);
  await page.reload();
  await title(page).waitFor();
  assert.equal(await refusal(page).count(), 0);
  assert.deepEqual(seen.complaints, []);

  await context.setOffline(true);
  await page.reload();
  await title(page).waitFor();
  await context.setOffline(false);

  await writeFile(ENTRY, honest.replace("<body>", `<body><p>${CHANGED}</p>`));
  await rm(SMALLER);
  // The control: who hasn't been here before is given it.
  const stranger = await visitor(browser, demo.origin, { size: "phone" });
  const first = await stranger.context.newPage();
  await first.goto(demo.origin);
  await first.getByText(CHANGED).waitFor();
  await stranger.context.close();

  await page.reload();
  await refusal(page).waitFor();
  await title(page).waitFor();
  assert.equal(await page.getByText(CHANGED).count(), 0);
  await look(page, "bundle-refused");

  // What a browser has lost isn't replaced by something else.
  await page.evaluate(async () => {
    const store = await caches.open("treehouse-bundle");
    const { files } = await (await store.match("/.accepted")).json();
    await store.delete(`/.file/${files["index.html"]}`);
  });
  await assert.rejects(page.reload());
  await restore();
  // Another tab: the page of the error may still be on its way into this one.
  const again = await context.newPage();
  await again.goto(demo.origin);
  await title(again).waitFor();
  await refusal(again).waitFor({ state: "hidden" });
  await context.close();
});
