// What a parent does, step by step, so that journeys can begin where others end.

import assert from "node:assert/strict";

import { press, write } from "./hand.mjs";
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
  await press(page.getByRole("link", { name: words["welcome.create"] }));
  await write(page.getByLabel(words["sign.email"]), email);
  await look(page, shot("join"));
  await press(button(page, words["join.send"]));
  await page.getByRole("heading", { name: words["join.sentTitle"] }).waitFor();
  const token = await demo.token(email, "open");
  await page.goto(`${demo.origin}/open#${token}`);
  await write(page.getByLabel(words["open.password"], { exact: true }), PASSWORD);
  await write(page.getByLabel(words["open.again"], { exact: true }), PASSWORD);
  assert.ok(!page.url().includes(token), "the link's secret stays in the address bar");
  await look(page, shot("password"));
  await press(button(page, words["open.button"]));
  await button(page, words["begin.keysButton"]).waitFor();
}

/** What a guardian does after a reload: the session is there, the keys are locked. */
export async function unlock(page, words, email) {
  await page.getByRole("heading", { name: words["sign.unlock"] }).waitFor();
  await write(page.getByLabel(words["sign.email"]), email);
  await write(page.getByLabel(words["sign.password"], { exact: true }), PASSWORD);
  await press(button(page, words["sign.unlockButton"]));
}

/** Makes keys and sees the kit; answers its code. */
export async function keys(page, words, shot) {
  await press(button(page, words["begin.keysButton"]));
  await page.getByRole("heading", { name: words["kit.title"] }).first().waitFor();
  await look(page, shot("kit"));
  const code = await page.locator("[data-test=kit-code]").textContent();
  await press(page.getByLabel(words["kit.printed"]));
  await press(button(page, words["next"]));
  return code;
}

/** Agrees to all that the notice asks for; `seen` looks at it before. The heading is there before the notice is. */
export async function agree(page, words, { title = words["begin.noticeTitle"], seen } = {}) {
  await page.getByRole("heading", { name: title }).waitFor();
  await page.getByText(words["begin.adult"]).waitFor();
  await seen?.();
  const switches = await page.getByRole("switch").all();
  assert.ok(switches.length > 0, "nothing is asked for");
  for (const one of switches) {
    assert.equal(await one.getAttribute("aria-checked"), "false", "something was switched on");
    await press(one);
  }
  assert.deepEqual(await drawn(button(page, words["begin.refuse"])), await drawn(button(page, words["begin.agree"])));
  await press(button(page, words["begin.agree"]));
}

/** Consent and verification by letter. */
export async function consent(demo, page, words, email, shot, title) {
  await agree(page, words, { title, seen: () => look(page, shot("consent")) });
  await press(page.getByText(words["begin.method.e-mail-plus"]).first());
  const token = await demo.token(email, "verify");
  const letter = await page.context().newPage();
  await letter.goto(`${demo.origin}/verify#${token}`);
  await look(letter, shot("verify"));
  await press(button(letter, words["verify.button"]));
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
  await write(page.getByLabel(words["child.nickname"]), NICKNAME);
  await press(page.getByText(words["age.6-9"], { exact: true }));
  await look(page, shot("child"));
  await press(button(page, words["child.add"]));
}

/**
 * A toy in another tab is linked by its code, and gets a name. Answers its tab. `choose` switches on
 * what it may do beside what was chosen before.
 */
export async function link(demo, page, words, shot, { kind = "camera", name = "Eichhörnchen", choose } = {}) {
  const toy = await page.context().newPage();
  await toy.goto(`${demo.origin}/toy`);
  await press(toy.getByRole("button", { name: words[`toy.${kind}`] }).first());
  await press(button(toy, words["toy.showCode"]));
  const code = await toy.locator('[data-test="toy-code"]').textContent();
  await look(toy, shot("toy-code"));
  await write(page.getByLabel(words["link.code"]), code);
  await look(page, shot("link"));
  await press(button(page, words["next"]));
  await press(button(toy, words["toy.accept"]));
  await press(button(page, words["link.same"]));
  await choose?.();
  await press(button(page, words["link.finish"]));
  await write(page.getByLabel(words["toys.name"]), name);
  await press(button(page, words["done"]));
  return toy;
}

/** From nothing to a family with a linked toy, at the start page. */
export async function family(demo, page, words, email) {
  const shot = (name) => `before-${name}`;
  const kit = await account(demo, page, words, email, shot);
  await consent(demo, page, words, email, shot);
  await child(page, words, shot);
  const toy = await link(demo, page, words, shot);
  await press(button(toy, words["toy.scene"]), { timeout: 30_000 });
  await page.getByRole("heading", { name: words["begin.arrived"] }).waitFor({ timeout: 60_000 });
  await press(page.getByRole("link", { name: words["toHome"] }));
  return { kit, toy };
}
