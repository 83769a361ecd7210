// The guardians' app in a real browser, against the real server: what a parent does first.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { press, takePointer, write } from "./hand.mjs";
import { account, button, child, consent, link, PASSWORD } from "./journey.mjs";
import { broken, kept, look, unnoticed, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";

let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await demo?.close();
});

/** Opens a picture large, and closes it again. */
async function viewer(page, words) {
  await press(page.locator('a[href="/album"]:visible').first());
  const picture = page.locator("main li button").first();
  await press(picture);
  const dialog = page.getByRole("dialog");
  await press(button(dialog, words["album.delete"]));
  await press(button(dialog, words.cancel));
  await press(button(dialog, words.close).first());
  await dialog.waitFor({ state: "detached" });
}

/** Begins to erase the family, and thinks better of it while it counts down. */
async function stopErasure(page, words) {
  await press(page.locator('a[href="/privacy"]:visible').first());
  await press(button(page, words["child.eraseNow"]));
  const dialog = page.getByRole("dialog");
  await write(dialog.getByRole("textbox"), words["privacy.word"]);
  await press(button(dialog, words["child.eraseNow"]));
  await press(button(dialog, words["child.stop"]));
  await press(button(dialog, words.cancel));
  await dialog.waitFor({ state: "hidden" });
  assert.equal(await page.getByText(words["privacy.gone"]).count(), 0, "stopped, and yet erased");
}

const VISITORS = [
  { language: "en", direction: "ltr", size: "phone", scheme: "light", hand: "pointer" },
  { language: "ar", direction: "rtl", size: "desktop", scheme: "dark", hand: "keyboard" },
];

describe("a parent who is new", () => {
  for (const { language, direction, size, scheme, hand } of VISITORS) {
    test(`sees the first picture, in ${language} on a ${size} by ${hand}`, { timeout: 240_000 }, async (t) => {
      const words = await messages(language);
      const email = `${language}-${size}@parents.example`;
      const shot = (name) => `${language}-${size}-${scheme}-${name}`;
      const { context, seen } = await visitor(browser, demo.origin, { size, scheme, locale: language });
      if (hand === "keyboard") await takePointer(context);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const began = performance.now();
      await account(demo, page, words, email, shot);
      await consent(demo, page, words, email, shot);
      await child(page, words, shot);
      const toy = await link(demo, page, words, shot);
      await press(button(toy, words["toy.scene"]), { timeout: 30_000 });
      await page.getByRole("heading", { name: words["begin.arrived"] }).waitFor({ timeout: 60_000 });
      await look(page, shot("first-picture"));
      await look(toy, shot("toy"));
      await toy.close();
      t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s from the first page on`);
      await press(page.getByRole("link", { name: words["toHome"] }));
      for (const path of ["", "album", "toys", "activity", "privacy", "settings"]) {
        await press(page.locator(`a[href="/${path}"]:visible`).first());
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        await look(page, shot(path || "home"));
      }
      await viewer(page, words);
      await stopErasure(page, words);
      assert.equal(await page.evaluate(() => document.dir || document.documentElement.dir), direction);
      const secrets = [email, PASSWORD, "Lina", "Zauberwald", "Eichhörnchen"];
      const outside = [...seen.addresses, await kept(page)].join("\n");
      for (const secret of secrets) assert.ok(!outside.includes(secret), `${secret} lies about`);
      assert.ok(!outside.includes("a key that can be taken out"));
      assert.deepEqual({ complaints: seen.complaints, foreign: seen.foreign }, { complaints: [], foreign: [] });
      await context.close();
    });
  }
});

test("every page leads to the notice, and one that doesn't is noticed", async () => {
  const { context } = await visitor(browser, demo.origin, { size: "phone", locale: "de" });
  const page = await context.newPage();
  for (const path of ["", "join", "sign-in", "log", "toy"]) {
    await page.goto(`${demo.origin}/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await unnoticed(page), undefined, path);
  }
  const link = page.locator('a[href^="/notice/online.html"]').first();
  const opened = context.waitForEvent("page");
  await link.click();
  const notice = await opened;
  await notice.getByRole("heading", { level: 1 }).waitFor();
  assert.equal(await notice.evaluate(() => document.documentElement.lang), "de");
  await link.evaluate((element) => element.style.setProperty("font-size", "8px"));
  assert.match(await unnoticed(page), /smaller/);
  await link.evaluate((element) => element.remove());
  assert.match(await unnoticed(page), /no link/);
  await context.close();
});

// Without this, a keyboard that always gets there would pass every page.
test("what no key leads to is noticed, and so is a focus that nobody sees", async () => {
  const { context } = await visitor(browser, demo.origin, { size: "desktop" });
  await takePointer(context);
  const page = await context.newPage();
  await page.goto(demo.origin);
  const words = await messages("en");
  const create = page.getByRole("link", { name: words["welcome.create"] });
  await create.waitFor();
  await create.evaluate((link) => (link.tabIndex = -1));
  await assert.rejects(press(create), /no key leads to/);
  await create.evaluate((link) => {
    link.tabIndex = 0;
    for (const name of ["outline", "box-shadow"]) link.style.setProperty(name, "none", "important");
  });
  await assert.rejects(press(create), /nobody can see/);
  await create.evaluate((link) => (link.focus(), link.blur()));
  await assert.rejects(press(create), /what had the focus is gone/);
  await context.close();
});

// Without this, an axe that runs nothing would pass every page.
test("what nobody could read is noticed", async () => {
  const { context } = await visitor(browser, demo.origin, { size: "phone" });
  const page = await context.newPage();
  await page.goto(demo.origin);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(() => {
    const image = document.createElement("img");
    image.src = "/icon.svg";
    document.querySelector("main").append(image);
  });
  const found = await broken(page);
  assert.ok(found.some((rule) => rule.startsWith("image-alt")), found.join("\n"));
  await context.close();
});
