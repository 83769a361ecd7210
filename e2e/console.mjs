// How a parent is known in a real browser: a signed form and a talk, each by two people at the stewards'
// console; and a text message, by nobody but the parent. And how it stands with the house, at the same console.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { account, agree, button } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

const REASON = "Signed by hand, and the code is right.";
const CALL = "unrecorded,code,notice,parent,grown-up,revoke";

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

/** A parent who has agreed, and chooses how to be known. */
async function parent(name, method) {
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await account(served, page, words, `${name}@parents.example`, (shot) => `${name}-${shot}`);
  await agree(page, words);
  await page.getByText(words["begin.verifyText"]).waitFor();
  await look(page, `${name}-methods`);
  await page.getByText(words[`begin.method.${method}`], { exact: true }).click();
  return { context, seen, page };
}

/** A steward at the open desk. */
async function steward(name, options) {
  const { context, seen } = await visitor(browser, served.origin, options);
  const page = await context.newPage();
  const said = await messages(options.locale ?? "en");
  page.setDefaultTimeout(30_000);
  await page.goto(`${served.origin}/console`);
  await page.getByLabel(said["desk.pass"], { exact: true }).fill(served.pass(name));
  await button(page, said["desk.enter"]).click();
  await page.getByRole("heading", { name: said["desk.waiting"] }).waitFor();
  return { context, seen, page, said };
}

/** The card, or the line of a list, in which something stands. */
const card = (page, text) => page.locator("section.card, article.card, li").filter({ hasText: text }).last();

/** Goes through the rooms with the keyboard alone, and looks at each. */
async function goThrough({ page, said }, name) {
  const onward = name.startsWith("ar") ? "ArrowLeft" : "ArrowRight";
  await page.getByRole("tab", { name: said["desk.waiting"] }).focus();
  for (const room of ["house", "incidents", "registers", "notice"]) {
    await page.keyboard.press(onward);
    const tab = page.getByRole("tab", { name: said[`house.${room}`] });
    assert.equal(await tab.getAttribute("aria-selected"), "true", room);
    assert.ok(await tab.evaluate((own) => own === document.activeElement), `${room} isn't focused`);
    await look(page, `console-${name}-${room}`);
  }
  await page.keyboard.press("Home");
  await page.getByRole("heading", { name: said["desk.waiting"] }).waitFor();
}

describe("the stewards' desk", { timeout: 240_000 }, () => {
  test("lets nobody in without a pass that counts", async () => {
    const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
    const page = await context.newPage();
    await page.goto(`${served.origin}/console`);
    await button(page, words["desk.enter"]).click();
    await page.getByText(words["desk.passMissing"]).waitFor();
    await page.getByLabel(words["desk.pass"], { exact: true }).fill("A".repeat(43));
    await button(page, words["desk.enter"]).click();
    await page.getByText(words["desk.passWrong"]).waitFor();
    await look(page, "console-refused");
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });

  test("has a signed form seen by one person and decided by another", async () => {
    const ada = await parent("ada", "signed-form");
    const saved = ada.page.waitForEvent("download");
    await button(ada.page, words["begin.formGet"]).click();
    assert.equal((await saved).suggestedFilename(), "treehouse-form.pdf");
    // A photograph of something: people judge it, not the program.
    const buffer = await ada.page.screenshot();
    await ada.page.locator("input[type=file]").setInputFiles({ name: "form.png", mimeType: "image/png", buffer });
    await ada.page.getByText(words["begin.formSent"]).waitFor();
    await look(ada.page, "ada-sent");

    const sam = await steward("sam", { size: "desktop" });
    await look(sam.page, "console-first");
    await button(sam.page, words["desk.look"]).click();
    await sam.page.getByText(words["desk.reasonShort"]).waitFor();
    await sam.page.getByLabel(words["desk.reason"], { exact: true }).fill(REASON);
    await button(sam.page, words["desk.look"]).click();
    await sam.page.getByRole("img", { name: words["desk.scanAlt"] }).waitFor();
    await look(sam.page, "console-scan");
    await sam.page.getByLabel(words["desk.reason"], { exact: true }).fill(REASON);
    await button(sam.page, words["desk.recommend"]).click();
    await sam.page.getByText(words["desk.second"]).waitFor();
    await sam.page.getByLabel(words["desk.reason"], { exact: true }).fill(REASON);
    await button(sam.page, words["desk.approve"]).click();
    await sam.page.getByRole("alert").waitFor();

    const tom = await steward("tom", { size: "phone", scheme: "dark" });
    await tom.page.getByLabel(words["desk.reason"], { exact: true }).fill(REASON);
    await look(tom.page, "console-second");
    await button(tom.page, words["desk.approve"]).click();
    await tom.page.getByText(words["desk.none"], { exact: true }).waitFor();
    assert.ok((await tom.page.getByText(REASON).count()) >= 3, "what was done isn't shown");
    await look(tom.page, "console-done");

    // The parent's page goes on by itself.
    await ada.page.bringToFront();
    await ada.page.getByLabel(words["child.nickname"]).waitFor();
    for (const { context, seen } of [ada, sam, tom]) {
      assert.deepEqual({ complaints: seen.complaints, foreign: seen.foreign }, { complaints: [], foreign: [] });
      await context.close();
    }
  });

  test("has a parent who called known by two people", async () => {
    const eve = await parent("eve", "call");
    const code = (await eve.page.locator("p.code").textContent()).trim();
    await eve.page.getByText("+1 800 555 0100").waitFor();
    await look(eve.page, "eve-calls");
    served.steward("sam", "talk", code, "--done", CALL, "--reason", "Asked by telephone, all of it.");
    await eve.page.getByText(words["begin.talked"]).waitFor();
    const tom = await steward("tom", { size: "desktop" });
    await tom.page.getByLabel(words["desk.reason"], { exact: true }).fill("The script was followed.");
    await button(tom.page, words["desk.approve"]).click();
    await tom.page.getByText(words["desk.none"], { exact: true }).waitFor();
    await eve.page.bringToFront();
    await eve.page.getByLabel(words["child.nickname"]).waitFor();
    for (const { context, seen } of [eve, tom]) {
      assert.deepEqual(seen.complaints, []);
      await context.close();
    }
  });
});

describe("how it stands with the house", { timeout: 240_000 }, () => {
  test("is shown with what is to be done, and without what nobody told", async () => {
    const sam = await steward("sam", { size: "desktop" });
    const { page, said } = sam;
    await page.getByRole("tab", { name: said["house.house"] }).click();
    const backups = card(page, said["house.backup"]);
    await backups.getByText(said["house.act"], { exact: true }).waitFor();
    assert.equal(await backups.getByText(said["house.unknown"], { exact: true }).count(), 3);
    // The console says so after the next look.
    served.backup();
    const aware = new Date(Date.now() - 48 * 60 * 60 * 1000).toISOString().replace(/\.\d+Z$/, "Z");
    served.incident("open", "--kind", "exploited-hole", "--aware", aware, "--what", "a hole that nobody tells");
    await button(page, said["desk.refresh"]).click();
    await backups.getByText(said["house.look"], { exact: true }).waitFor();
    assert.equal(await backups.getByText(said["house.unknown"], { exact: true }).count(), 1);
    await page.getByRole("tab", { name: said["house.incidents"] }).click();
    await page.getByText(said["house.overdue"], { exact: true }).waitFor();
    assert.equal(await page.getByText("a hole that nobody tells").count(), 0);
    await page.getByRole("tab", { name: said["house.registers"] }).click();
    await page.getByText(said["house.demonstration"], { exact: true }).waitFor();
    assert.deepEqual(sam.seen.complaints, []);
    await sam.context.close();
  });

  for (const [name, options] of [
    ["en-desktop", { size: "desktop" }],
    ["en-phone", { size: "phone", scheme: "dark" }],
    ["ar-desktop", { size: "desktop", locale: "ar", scheme: "dark" }],
    ["ar-phone", { size: "phone", locale: "ar" }],
  ]) {
    test(`is gone through with the keyboard: ${name}`, async () => {
      const tom = await steward("tom", options);
      await goThrough(tom, name);
      assert.deepEqual(
        { complaints: tom.seen.complaints, foreign: tom.seen.foreign },
        { complaints: [], foreign: [] },
      );
      await tom.context.close();
    });
  }
});

describe("a parent who is texted", { timeout: 120_000 }, () => {
  test("types the code that came, and no other", async () => {
    const kim = await parent("kim", "text-plus");
    await look(kim.page, "kim-number");
    await kim.page.getByLabel(words["begin.smsNumber"]).fill("+1 555 555-0177");
    await button(kim.page, words["begin.smsSend"]).click();
    const code = await served.code("+15555550177");
    await look(kim.page, "kim-code");
    const field = kim.page.getByLabel(words["begin.smsCode"], { exact: true });
    await field.fill(code === "0000 0000" ? "0000 0001" : "0000 0000");
    await button(kim.page, words["begin.smsButton"]).click();
    await kim.page.getByText(words["begin.smsWrong"]).waitFor();
    await look(kim.page, "kim-wrong");
    await field.fill(code);
    await button(kim.page, words["begin.smsButton"]).click();
    await kim.page.getByLabel(words["child.nickname"]).waitFor();
    assert.deepEqual(kim.seen.complaints, []);
    await kim.context.close();
  });
});
