// The guardians' app in a real browser, against the real server: what a parent does first.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { broken, kept, look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";

const PASSWORD = "four unlikely wooden words";

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

const button = (page, name) => page.getByRole("button", { name, exact: true });

/** From nothing to an account with keys: letter, password, recovery kit. */
async function account(page, words, email, shot) {
  await page.goto(demo.origin);
  await page.getByRole("link", { name: words["welcome.create"] }).click();
  await page.getByLabel(words["sign.email"]).fill(email);
  await look(page, shot("join"));
  await button(page, words["join.send"]).click();
  await page.getByRole("heading", { name: words["join.sentTitle"] }).waitFor();
  const token = await demo.token(email, "open");
  await page.goto(`${demo.origin}/open#${token}`);
  await page.getByLabel(words["open.password"], { exact: true }).fill(PASSWORD);
  await page.getByLabel(words["open.again"], { exact: true }).fill(PASSWORD);
  assert.ok(!page.url().includes(token), "the link's secret stays in the address bar");
  await look(page, shot("password"));
  await button(page, words["open.button"]).click();
  await button(page, words["begin.keysButton"]).click();
  await page.getByRole("heading", { name: words["kit.title"] }).first().waitFor();
  await look(page, shot("kit"));
  await page.getByLabel(words["kit.printed"]).check();
  await button(page, words["next"]).click();
}

/** Consent, verification by letter, and the first child. */
async function consent(page, words, email, shot) {
  await page.getByRole("heading", { name: words["begin.noticeTitle"] }).waitFor();
  await page.getByText(words["begin.adult"]).waitFor();
  await look(page, shot("consent"));
  const switches = page.getByRole("switch");
  for (const one of await switches.all()) {
    assert.equal(await one.getAttribute("aria-checked"), "false", "something was switched on");
    await one.click();
  }
  await button(page, words["begin.agree"]).click();
  await page.getByText(words["begin.method.e-mail-plus"]).first().click();
  const token = await demo.token(email, "verify");
  const letter = await page.context().newPage();
  await letter.goto(`${demo.origin}/verify#${token}`);
  await look(letter, shot("verify"));
  await button(letter, words["verify.button"]).click();
  await letter.getByRole("heading", { name: words["verify.doneTitle"] }).waitFor();
  await letter.close();
  await page.getByLabel(words["child.nickname"]).fill("Lina Zauberwald");
  await page.getByText(words["age.6-9"], { exact: true }).click();
  await look(page, shot("child"));
  await button(page, words["child.add"]).click();
}

/** A toy in another tab is linked by its code and takes the first picture. */
async function firstPicture(page, words, shot) {
  const toy = await page.context().newPage();
  await toy.goto(`${demo.origin}/toy`);
  await toy.getByRole("button", { name: words["toy.camera"] }).first().click();
  await button(toy, words["toy.showCode"]).click();
  const code = await toy.locator('[data-test="toy-code"]').textContent();
  await look(toy, shot("toy-code"));
  await page.getByLabel(words["link.code"]).fill(code);
  await look(page, shot("link"));
  await button(page, words["next"]).click();
  await button(toy, words["toy.accept"]).click();
  await button(page, words["link.same"]).click();
  await button(page, words["link.finish"]).click();
  await page.getByLabel(words["toys.name"]).fill("Eichhörnchen");
  await button(page, words["done"]).click();
  await button(toy, words["toy.scene"]).click({ timeout: 30_000 });
  await page.getByRole("heading", { name: words["begin.arrived"] }).waitFor({ timeout: 60_000 });
  await look(page, shot("first-picture"));
  await look(toy, shot("toy"));
  await toy.close();
}

const VISITORS = [
  { language: "en", direction: "ltr", size: "phone", scheme: "light" },
  { language: "ar", direction: "rtl", size: "desktop", scheme: "dark" },
];

describe("a parent who is new", () => {
  for (const { language, direction, size, scheme } of VISITORS) {
    test(`sees the first picture, in ${language} on a ${size}`, { timeout: 240_000 }, async (t) => {
      const words = await messages(language);
      const email = `${language}-${size}@parents.example`;
      const shot = (name) => `${language}-${size}-${scheme}-${name}`;
      const { context, seen } = await visitor(browser, demo.origin, { size, scheme, locale: language });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const began = performance.now();
      await account(page, words, email, shot);
      await consent(page, words, email, shot);
      await firstPicture(page, words, shot);
      t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s from the first page on`);
      await page.getByRole("link", { name: words["toHome"] }).click();
      for (const path of ["", "album", "toys", "activity", "privacy", "settings"]) {
        await page.locator(`a[href="/${path}"]:visible`).first().click();
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        await look(page, shot(path || "home"));
      }
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
