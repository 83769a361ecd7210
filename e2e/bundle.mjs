// The program that browsers run: only one that the public log holds, once a browser has one.

import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { launch } from "./browser.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

// A debug build serves this folder as it is at the moment, and publishes its list when it starts.
const APP = new URL("../web/dist/app/", import.meta.url);
/** The page, the script that guards it, and what is sent in their place where a browser takes it. */
const CHANGES = ["index.html", "index.html.br", "sw.js", "sw.js.br"];
const CHANGED = "Planted by a journey";
/** Where a server that lies puts a page that isn't the app's. */
const BESIDE = new URL("notice/planted/", APP);
const GUARDED_S_MAX = 30;
/** A server that stops leaves the log to the next one, so it's a matter of seconds; but not on every machine. */
const TAKEN_S_MAX = 60;

let served;
let browser;
let words;
/** The bytes of those files, in their order. */
let honest;

before(async () => {
  honest = await Promise.all(CHANGES.map((name) => readFile(new URL(name, APP))));
  served = await startServed();
  browser = await launch();
  words = await messages("en");
});

// Whatever fails: the folder is everybody's.
afterEach(restore);

after(async () => {
  await browser?.close();
  await served?.close();
});

/** What was built. */
async function restore() {
  await Promise.all(CHANGES.map((name, at) => writeFile(new URL(name, APP), honest[at])));
  await rm(new URL("..", BESIDE), { recursive: true, force: true });
}

/** From now on the server offers another page. */
async function changePage() {
  const page = honest[0].toString().replace("<body>", `<body><p>${CHANGED}</p>`);
  await rm(new URL("index.html.br", APP), { force: true });
  await writeFile(new URL("index.html", APP), page);
}

/** From now on the server offers another guard, too. */
async function changeGuard() {
  await rm(new URL("sw.js.br", APP), { force: true });
  await writeFile(new URL("sw.js", APP), `${honest[2]}\n// ${CHANGED}\n`);
}

/** From now on the server has a page with a script beside the app. Answers where. */
async function putScript() {
  await mkdir(BESIDE, { recursive: true });
  const page = `<!doctype html><title>shown</title><p>${CHANGED}</p><script src="script.js"></script>`;
  await writeFile(new URL("page.html", BESIDE), page);
  await writeFile(new URL("script.js", BESIDE), "document.title = `run by ${self.origin}`;");
  return `${served.origin}/notice/planted/page.html`;
}

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

/** A browser that has been here once, and runs what it got then. */
async function guest({ asks = false } = {}) {
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  // It asks all the time, as many tabs would: no answer may undo what a later look has found. A guard that
  // is never idle isn't replaced by the next one, though, and a page that opens meanwhile waits for that.
  await context.addInitScript((often) => {
    const ask = () => navigator.serviceWorker?.controller?.postMessage("state");
    if (often) setInterval(ask, 5);
  }, asks);
  const page = await context.newPage();
  await page.goto(served.origin);
  await title(page).waitFor();
  await guarded(page);
  await page.reload();
  await title(page).waitFor();
  assert.equal(await refusal(page).count(), 0);
  assert.deepEqual(seen.complaints, []);
  return { context, seen, page };
}

/** What the server offers isn't what this browser runs, and its page says so. */
async function refuses(page) {
  await page.reload();
  await refusal(page).waitFor();
  await title(page).waitFor();
}

const title = (page) => page.getByRole("heading", { level: 1, name: words["welcome.title"] });
const refusal = (page) => page.getByText(words["guard.refused"]);
const another = (page) => page.getByText(CHANGED);

describe("the program that a browser runs", { timeout: 240_000 }, () => {
  test("an honest program runs, offline too; a changed one is refused", async () => {
    const { context, page } = await guest({ asks: true });
    await context.setOffline(true);
    await page.reload();
    await title(page).waitFor();
    await context.setOffline(false);

    await changePage();
    // The control: who hasn't been here before is given it.
    const stranger = await visitor(browser, served.origin, { size: "phone" });
    const first = await stranger.context.newPage();
    await first.goto(served.origin);
    await another(first).waitFor();
    await stranger.context.close();

    await refuses(page);
    assert.equal(await another(page).count(), 0);
    await look(page, "bundle-refused");

    // What a browser has lost isn't replaced by something else.
    await page.evaluate(async () => {
      const store = await caches.open("treehouse-bundle");
      const { files } = await (await store.match("/.accepted")).json();
      await store.delete(`/.file/${files["index.html"]}`);
    });
    await assert.rejects(page.reload({ timeout: 10_000 }), /ERR_FAILED/);
    await restore();
    // Another tab: the page of the error may still be on its way into this one.
    const again = await context.newPage();
    await again.goto(served.origin);
    await title(again).waitFor();
    await refusal(again).waitFor({ state: "hidden" });
    await context.close();
  });

  test("a new program that the log holds is taken, and the one before it is refused from then on", async () => {
    const { context, seen, page } = await guest();
    await changePage();
    await changeGuard();
    // The control: the same bytes, before the log holds them.
    await refuses(page);
    assert.equal(await another(page).count(), 0);

    await served.restart();
    await taken(page);
    await title(page).waitFor();
    await refusal(page).waitFor({ state: "hidden" });
    await context.setOffline(true);
    await page.reload();
    await another(page).waitFor();
    await title(page).waitFor();
    assert.equal(await refusal(page).count(), 0);
    await context.setOffline(false);
    // While the server was away nobody could ask it, which isn't a fault of the page's.
    const faults = seen.complaints.filter((text) => !/ERR_(CONNECTION|INTERNET)/.test(text));
    assert.deepEqual(faults, []);

    // Nobody is led back to a program that was replaced, perhaps for a fault.
    await restore();
    await refuses(page);
    assert.equal(await another(page).count(), 1);
    await context.close();
  });

  test("a page that isn't the app's is shown, and a script on it doesn't run", async () => {
    const { context, page } = await guest();
    const url = await putScript();
    // The control: who hasn't been here before runs it, as a page of this origin.
    const stranger = await visitor(browser, served.origin, { size: "phone" });
    const first = await stranger.context.newPage();
    await first.goto(url);
    assert.equal(await first.title(), `run by ${served.origin}`);
    await stranger.context.close();

    await page.goto(url);
    await another(page).waitFor();
    assert.equal(await page.title(), "shown");
    await page.goto(`${served.origin}/notice/online.html?lang=en`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await page.evaluate(() => self.origin), "null");
    await context.close();
  });
});

/** Until this browser runs the other program: a load finds it, and a later one runs it. */
async function taken(page) {
  for (let second = 0; (await another(page).count()) === 0; second += 1) {
    assert.ok(second < TAKEN_S_MAX, "the log holds the other program, and this browser doesn't take it");
    await pause(1_000);
    await page.reload();
    await title(page).waitFor();
  }
}
