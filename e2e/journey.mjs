// What a parent does, step by step, so that journeys can begin where others end.

import assert from "node:assert/strict";

import { look } from "./look.mjs";

export const PASSWORD = "four unlikely wooden words";
export const NICKNAME = "Lina Zauberwald";

export const button = (page, name) => page.getByRole("button", { name, exact: true });

/** From nothing to an account with keys: letter, password, recovery kit. Answers the kit's code. */
export async function account(demo, page, words, email, shot) {
  await open(demo, page, words, email, shot);
  return keys(page, words, shot);
}

/** From nothing to an account without keys: letter and password. */
export async function open(demo, page, words, email, shot) {
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
  await button(page, words["begin.keysButton"]).waitFor();
}

/** Makes keys and sees the kit; answers its code. */
export async function keys(page, words, shot) {
  await button(page, words["begin.keysButton"]).click();
  await page.getByRole("heading", { name: words["kit.title"] }).first().waitFor();
  await look(page, shot("kit"));
  const code = await page.locator("[data-test=kit-code]").textContent();
  await page.getByLabel(words["kit.printed"]).check();
  await button(page, words["next"]).click();
  return code;
}

/** Consent and verification by letter. */
export async function consent(demo, page, words, email, shot, title = words["begin.noticeTitle"]) {
  await page.getByRole("heading", { name: title }).waitFor();
  await page.getByText(words["begin.adult"]).waitFor();
  await look(page, shot("consent"));
  const switches = page.getByRole("switch");
  for (const one of await switches.all()) {
    assert.equal(await one.getAttribute("aria-checked"), "false", "something was switched on");
    await one.click();
  }
  assert.deepEqual(await drawn(button(page, words["begin.refuse"])), await drawn(button(page, words["begin.agree"])));
  await button(page, words["begin.agree"]).click();
  await page.getByText(words["begin.method.e-mail-plus"]).first().click();
  const token = await demo.token(email, "verify");
  const letter = await page.context().newPage();
  await letter.goto(`${demo.origin}/verify#${token}`);
  await look(letter, shot("verify"));
  await button(letter, words["verify.button"]).click();
  await letter.getByRole("heading", { name: words["verify.doneTitle"] }).waitFor();
  await letter.close();
}

/** How a button is drawn: saying no must be as easy as saying yes. */
async function drawn(shown) {
  return shown.evaluate((element) => {
    const style = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    const { color, backgroundColor, borderColor, fontSize, fontWeight } = style;
    return { color, backgroundColor, borderColor, fontSize, fontWeight, width, height };
  });
}

/** The first child. */
export async function child(page, words, shot) {
  await page.getByLabel(words["child.nickname"]).fill(NICKNAME);
  await page.getByText(words["age.6-9"], { exact: true }).click();
  await look(page, shot("child"));
  await button(page, words["child.add"]).click();
}

/** A toy in another tab is linked by its code, and gets a name. Answers its tab. */
export async function link(demo, page, words, shot) {
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
  return toy;
}

/** From nothing to a family with a linked toy, at the start page. */
export async function family(demo, page, words, email) {
  const shot = (name) => `before-${name}`;
  const kit = await account(demo, page, words, email, shot);
  await consent(demo, page, words, email, shot);
  await child(page, words, shot);
  const toy = await link(demo, page, words, shot);
  await button(toy, words["toy.scene"]).click({ timeout: 30_000 });
  await page.getByRole("heading", { name: words["begin.arrived"] }).waitFor({ timeout: 60_000 });
  await page.getByRole("link", { name: words["toHome"] }).click();
  return { kit, toy };
}
