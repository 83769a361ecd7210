// What the first page costs somebody who comes for the first time, on a weak phone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";

import { launch } from "./browser.mjs";
import { visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

const BYTES_MAX = 150 * 1024;
const INTERACTIVE_MS_MAX = 1_500;
/** A processor that is so many times slower. */
const SLOWER = 4;
/** A machine may have other work, and performance is no timed test: only the best of some visits, and
 *  only what no other work explains, is a fault here. The figures are printed beside the limit. */
const [VISITS, PATIENCE] = [3, 3];
/** The core comes while somebody types; nothing but the core waits for it. */
const isCore = (url) => url.endsWith(".wasm");

let served;
let browser;
let words;

before(async () => {
  served = await startServed();
  browser = await launch();
  words = await messages("en");
});

after(async () => {
  await browser?.close();
  await served?.close();
});

/** Opens the sign-in page as a stranger; `hold` answers for the core. */
async function stranger(hold) {
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  const page = await context.newPage();
  if (hold) await context.route((url) => isCore(url.pathname), hold);
  const answers = [];
  page.on("response", (answer) => {
    // What the guard fetches, it fetches behind a page that stands.
    if (!answer.request().serviceWorker()) answers.push(answer);
  });
  await page.addInitScript(() => {
    // Drawn, and the page has nothing else to do: no sooner does it answer who types.
    const look = () => {
      if (!document.querySelector("input[type=email]")) return requestAnimationFrame(look);
      requestIdleCallback(() => (window.interactiveMs = performance.now()));
    };
    requestAnimationFrame(look);
  });
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  return { context, seen, page, answers };
}

const email = (page) => page.getByLabel(words["sign.email"]);

/** Milliseconds until a stranger can type, and what was sent for it. */
async function visit() {
  const { context, page, answers } = await stranger();
  await page.goto(`${served.origin}/sign-in`);
  await page.waitForFunction(() => window.interactiveMs);
  const ms = await page.evaluate(() => window.interactiveMs);
  await email(page).pressSequentially("a");
  assert.equal(await email(page).inputValue(), "a");
  await page.waitForLoadState("networkidle");
  const sizes = {};
  for (const answer of answers.filter((one) => !isCore(one.url()))) {
    sizes[answer.url()] = gzipSync(await answer.body(), { level: 9 }).length;
  }
  await context.close();
  return { ms, sizes };
}

test("the first load of the sign-in page keeps within its budget", { timeout: 120_000 }, async (t) => {
  const visits = [];
  for (let time = 0; time < VISITS; time += 1) visits.push(await visit());
  const { sizes } = visits[0];
  for (const [url, size] of Object.entries(sizes)) t.diagnostic(`${new URL(url).pathname}: ${size}`);
  const bytes = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  t.diagnostic(`${bytes} bytes with gzip -9, limit ${BYTES_MAX}`);
  const times = visits.map(({ ms }) => Math.round(ms));
  t.diagnostic(`interactive after ${times} ms on a processor ${SLOWER} times slower, limit ${INTERACTIVE_MS_MAX}`);
  assert.ok(bytes <= BYTES_MAX, `${bytes} bytes`);
  for (const part of ["/assets/index-", "/assets/SignIn-", ".woff2"]) {
    assert.ok(Object.keys(sizes).some((url) => url.includes(part)), `${part} wasn't counted`);
  }
  assert.ok(Math.min(...times) <= INTERACTIVE_MS_MAX * PATIENCE, `interactive after ${times} ms`);
});

test("the sign-in page doesn't wait for the core, and what is sent meanwhile does", { timeout: 120_000 }, async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  let asked = 0;
  const { context, seen, page } = await stranger(async (route) => {
    asked += 1;
    await held;
    await route.continue();
  });
  await page.goto(`${served.origin}/sign-in`);
  await email(page).fill("nobody@parents.example");
  await page.getByLabel(words["sign.password"], { exact: true }).fill("no such password here");
  await page.getByRole("button", { name: words["sign.in"], exact: true }).click();
  await page.locator("button[aria-disabled=true]").waitFor();
  // The control: it was asked for, and isn't there.
  assert.ok(asked > 0);
  assert.equal(await page.getByRole("alert").count(), 0);
  release();
  await page.getByRole("alert").waitFor({ timeout: 60_000 });
  assert.deepEqual(seen.complaints, []);
  await context.close();
});
