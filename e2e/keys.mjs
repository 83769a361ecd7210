// The server that browsers know again: by its keys, from one visit to the next.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

const LANGUAGES = ["en", "fr", "es", "de", "ar"];

let served;
let browser;

before(async () => {
  served = await startServed();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await served?.close();
});

/** A browser that opens the public log, which asks the server and needs nobody signed in. */
async function guest(language) {
  const words = await messages(language);
  const { context, seen } = await visitor(browser, served.origin, { size: "phone", locale: language });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${served.origin}/log`);
  await opens({ page, words });
  return { context, seen, page, words, language };
}

/** The page has compared the server with what this browser knows of it, and goes on. */
async function opens({ page, words }) {
  await page.getByRole("heading", { name: words["pub.bundle"] }).waitFor();
  assert.equal(await page.getByText(words["trouble.other-keys"]).count(), 0);
}

test("a server with other keys at the same address is refused, in each language", { timeout: 240_000 }, async () => {
  const guests = [];
  for (const language of LANGUAGES) guests.push(await guest(language));
  const [first] = guests;
  assert.deepEqual(first.seen.complaints, []);

  // The control: the same server, started again.
  await served.restart();
  await first.page.reload();
  await opens(first);

  await served.renew();
  for (const { page, words, language } of guests) {
    await page.reload();
    await page.getByRole("heading", { name: words["keys.title"] }).waitFor();
    await page.getByText(words["trouble.other-keys"]).waitFor();
    assert.equal(await page.getByRole("heading", { name: words["pub.bundle"] }).count(), 0);
    await look(page, `keys-${language}`);
    // Nor by another way in.
    await page.goto(`${served.origin}/sign-in`);
    await page.getByText(words["trouble.other-keys"]).waitFor();
    assert.equal(await page.getByLabel(words["sign.password"], { exact: true }).count(), 0);
  }
  // The control: whoever was never here gets to know it.
  const stranger = await guest("en");
  await stranger.context.close();
  for (const { context } of guests) await context.close();
});
