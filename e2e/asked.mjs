// How a parent is known by an outside verifier in a real browser: by questions, which the app shows and forgets,
// and by a document, which is shown on the verifier's own page.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { account, agree, button } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";
import { KEY, SECRET, startVerifier } from "./verifier.mjs";

let verifier;
let served;
let browser;
let words;

before(async () => {
  verifier = await startVerifier();
  served = await startServed(async (secrets) => {
    await writeFile(join(secrets, "verifier"), KEY, { mode: 0o600 });
    await writeFile(join(secrets, "signing"), SECRET, { mode: 0o600 });
    return `[verifier]\nurl = "${verifier.origin}"\nkey_file = "${secrets}/verifier"
signing_secret_file = "${secrets}/signing"\nmethods = ["questions", "government-id"]\n`;
  });
  browser = await launch();
  words = await messages("en");
});

after(async () => {
  await browser?.close();
  await served?.close();
  verifier?.close();
});

/** A parent with an account who has read the notice and chosen how to be known. */
async function chooses(name, method) {
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await account(served, page, words, `${name}@parents.example`, (shot) => `${name}-${shot}`);
  await decide(page, method);
  return { context, page, seen };
}

/** Agrees, and chooses. */
async function decide(page, method) {
  await agree(page, words);
  await page.getByText(words[`begin.method.${method}`], { exact: true }).click();
}

/** Says who is asked about; answers when the questions are there. */
async function says(page) {
  await page.getByLabel(words["ask.name"]).fill("Uma Unforgettable");
  await page.getByLabel(words["ask.born"]).fill("1980-12-31");
  await page.getByLabel(words["ask.address"]).fill("4 Elm Street");
  await button(page, words["ask.whoButton"]).click();
  await page.getByRole("heading", { name: words["ask.title"] }).waitFor();
}

const choose = async (page, tree) => {
  for (const choice of await page.getByLabel(`${tree} Street`).all()) await choice.check();
};

describe("a parent whom an outside verifier knows", { timeout: 180_000 }, () => {
  test("answers its questions in the app, which forgets them", async () => {
    const { context, page, seen } = await chooses("uma", "questions");
    await page.getByLabel(words["ask.name"]).waitFor();
    await look(page, "uma-says");
    await says(page);
    await look(page, "uma-asked");
    await button(page, words["ask.button"]).click();
    await page.getByText(words["ask.missing"]).waitFor();
    await choose(page, "Fir");
    await button(page, words["ask.button"]).click();
    await page.getByText(words["begin.declined"]).waitFor();

    await button(page, words["begin.again"]).click();
    await decide(page, "questions");
    await says(page);
    await choose(page, "Elm");
    await button(page, words["ask.button"]).click();
    await page.getByLabel(words["child.nickname"]).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    assert.ok(!kept.includes("Unforgettable") && !kept.includes("Elm"), kept);
    assert.deepEqual([seen.foreign, seen.complaints], [[], []], "only the server is asked");
    await context.close();
  });

  test("shows a document on its page, and the app goes on", async () => {
    const { context, page, seen } = await chooses("vic", "government-id");
    await page.getByRole("link", { name: words["ask.showButton"] }).waitFor();
    await look(page, "vic-shows");
    assert.deepEqual(seen.foreign, [], "nothing of the verifier is in the app's page");
    const opened = context.waitForEvent("page");
    await page.getByRole("link", { name: words["ask.showButton"] }).click();
    const theirs = await opened;
    await theirs.getByRole("button", { name: "This is my document" }).click();
    await theirs.waitForURL(`${served.origin}/**`);
    await theirs.close();
    await page.bringToFront();
    await page.getByLabel(words["child.nickname"]).waitFor();
    assert.ok(seen.foreign.every((url) => url.startsWith(verifier.origin)), `${seen.foreign}`);
    await context.close();
  });
});
