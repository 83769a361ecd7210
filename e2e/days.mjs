// What a family does on its days, each step from where the one before left it. A house is what they
// happen in: the family's browser and texts, its page, and its toy's.

import assert from "node:assert/strict";

import { choose, press, takePointer, write } from "./hand.mjs";
import { button, consent, family, keys, NICKNAME, open, unlock } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages, written } from "./messages.mjs";

const FRESH = "five other quite unlikely words";
const HOUR_MS = 3_600_000;
/** The bedtime that is set: an hour before and after this run begins. */
const BEDTIME = { from: clock(-1), until: clock(1) };
/** School that isn't now, whenever this runs: toys don't play while it is. */
const SCHOOL = new Date().getHours() < 12 ? { from: "14:00", until: "18:00" } : { from: "06:00", until: "10:00" };

/** The hour and minute of this machine, so many hours from now, as a field for a time has it. */
function clock(hours) {
  const at = new Date(Date.now() + hours * HOUR_MS);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** A family with a child and a linked toy, in a browser of its own. */
export async function moveIn(demo, browser, { language, size, scheme, hand, neighbour }) {
  const words = await messages(language);
  const enter = async (options) => {
    const visit = await visitor(browser, demo.origin, { locale: language, ...options });
    if (hand === "keyboard") await takePointer(visit.context);
    const page = await visit.context.newPage();
    page.setDefaultTimeout(30_000);
    return { visit, page };
  };
  const { visit, page } = await enter({ size, scheme });
  const email = `${language}-family@parents.example`;
  const shot = (name) => `${language}-${size}-${name}`;
  const { toy, kit } = await family(demo, page, words, email);
  return { demo, words, enter, visit, page, email, shot, toy, kit, neighbour };
}

async function openLimits({ page, words }) {
  await press(page.getByText(NICKNAME).first());
  await press(page.getByText(words["limits.title"], { exact: true }));
  const name = words["limits.of"].replace("{name}", NICKNAME);
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export async function bedtime(house) {
  const { page, toy, words, shot } = house;
  await openLimits(house);
  const hour = await written(page, words["limits.min"], 60);
  await press(page.getByText(hour, { exact: true }).first());
  await press(page.getByRole("switch", { name: words["limits.bedtime"] }));
  const from = page.getByLabel(words["limits.from"], { exact: true });
  const until = page.getByLabel(words["limits.until"], { exact: true });
  await write(from.first(), "");
  await press(button(page, words.save));
  await page.getByText(words["limits.badTimes"]).waitFor();
  await write(from.first(), BEDTIME.from);
  await write(until.first(), BEDTIME.until);
  await press(page.getByRole("switch", { name: words["limits.school"] }));
  await write(from.last(), SCHOOL.from);
  await write(until.last(), SCHOOL.until);
  await choose(page.getByLabel(words["kind.watch"]).last(), "0");
  await press(button(page, words.save));
  await page.getByText(words["limits.saved"]).waitFor();
  await look(page, shot("limits"));

  await toy.bringToFront();
  const refusal = toy.locator("[data-test=limit]");
  await refusal.waitFor();
  assert.match(await refusal.textContent(), new RegExp(words["toy.limit.bedtime"].split("{")[0]));
  assert.equal(await button(toy, words["toy.scene"]).count(), 0);
  await look(toy, shot("limits-toy"));
  await press(toy.getByRole("switch", { name: words["toy.online"] }));
}

export async function morning(house) {
  const { page, toy, words, shot } = house;
  await page.bringToFront();
  await page.reload();
  await page.getByRole("heading", { name: words["sign.unlock"] }).waitFor();
  await look(page, shot("unlock"));
  await unlock(page, words, house.email);
  await openLimits(house);
  const bedtime = page.getByRole("switch", { name: words["limits.bedtime"] });
  await bedtime.waitFor();
  assert.equal(await bedtime.getAttribute("aria-checked"), "true");
  assert.equal(await page.getByLabel(words["limits.from"], { exact: true }).first().inputValue(), BEDTIME.from);
  assert.equal(await page.getByLabel(words["limits.until"], { exact: true }).last().inputValue(), SCHOOL.until);
  assert.equal(await page.getByLabel(words["kind.watch"]).last().inputValue(), "0");
  await press(bedtime);
  await press(button(page, words.save));
  await page.getByText(words["limits.saved"]).waitFor();
  await toy.bringToFront();
  const refusal = toy.locator("[data-test=limit]");
  assert.equal(await refusal.count(), 1, "a toy that is offline heard of something");
  await press(toy.getByRole("switch", { name: words["toy.online"] }));
  await button(toy, words["toy.scene"]).waitFor();
  assert.equal(await refusal.count(), 0);
  // An hour a day, in four games of a quarter.
  for (const spent of [16, 31, 46]) {
    await press(button(toy, words["toy.spend"]));
    await toy.getByText(await written(toy, words["toy.spent"], spent)).waitFor();
  }
  await press(button(toy, words["toy.spend"]));
  await toy.getByText(words["toy.limit.day"]).first().waitFor();
  await look(toy, shot("limits-toy-spent"));
}

export async function corner({ page, words, shot }) {
  await page.bringToFront();
  await press(page.locator('a[href="/"]:visible').first());
  await press(page.getByText(NICKNAME).first());
  await press(page.locator('a[href^="/corner/"]'));
  const name = words["corner.title"].replace("{name}", NICKNAME);
  await page.getByRole("heading", { level: 1, name }).waitFor();
  const list = (title) => page.locator("section").filter({ hasText: words[title] }).getByRole("listitem");
  const texts = async (title) => (await list(title).allTextContents()).join("\n");
  assert.ok((await texts("corner.kept")).includes(words["cat.photos"]));
  const seers = await texts("corner.see");
  assert.ok(seers.includes(words["corner.family"]) && seers.includes("Eichhörnchen"), seers);
  assert.ok((await texts("corner.cant")).includes(words["corner.makers"]));
  await look(page, shot("corner"));
  await press(page.locator('main a[href^="/child/"]'));
  await page.getByText(words["limits.title"], { exact: true }).waitFor();
}

async function settings({ page }) {
  // A browser asks for a passkey only where somebody looks.
  await page.bringToFront();
  await press(page.locator('a[href="/settings"]:visible').first());
}

/** A device that holds passkeys; with or without the secret that opens keys. Answers how to take it away. */
async function authenticator({ visit, page }, hasPrf) {
  const cdp = await visit.context.newCDPSession(page);
  await cdp.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    ctap2Version: "ctap2_1",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
    hasPrf,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", { options });
  return async () => {
    await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId });
    await cdp.detach();
  };
}

export async function weakPasskey(house) {
  const { page, words, shot } = house;
  const remove = await authenticator(house, false);
  await settings(house);
  await press(button(page, words["pass.add"]));
  await page.getByText(words["pass.without"]).waitFor();
  await look(page, shot("passkey-without"));
  await remove();
}

export async function passkey(house) {
  const { page, words, shot } = house;
  const remove = await authenticator(house, true);
  await press(button(page, words["pass.add"]));
  await page.getByText(words["pass.on"]).waitFor();
  await look(page, shot("passkey"));
  await page.reload();
  await page.getByRole("heading", { name: words["sign.unlock"] }).waitFor();
  await press(button(page, words["pass.unlock"]));
  await page.getByText(NICKNAME).first().waitFor();
  await settings(house);
  await press(button(page, words["pass.remove"]));
  await button(page, words["pass.add"]).waitFor();
  await page.reload();
  await unlock(page, words, house.email);
  await page.getByText(NICKNAME).first().waitFor();
  await remove();
}

export async function second(house) {
  const { demo, page, words, shot } = house;
  await settings(house);
  await press(button(page, words["set.invite"]));
  await press(button(page, words["set.inviteMake"]));
  const url = await page.locator("[data-test=invitation]").textContent();
  await look(page, shot("invitation"));
  const email = `second-${house.email}`;
  const { visit, page: other } = await house.enter({ size: "desktop", scheme: "dark" });
  const theirs = (name) => shot(`second-${name}`);
  await open(demo, other, words, email, theirs);
  await other.goto(url);
  // The letter's page and this one are two: the password that shall open the keys is at neither.
  await unlock(other, words, email);
  await keys(other, words, theirs);
  await consent(demo, other, words, email, theirs, words["invite.title"]);
  await other.getByRole("heading", { name: words["invite.answered"] }).waitFor();
  await look(other, theirs("answered"));
  await page.bringToFront();
  await press(button(page, words["set.admit"]));
  await page.getByText(words["set.admitted"]).waitFor();
  await other.bringToFront();
  await other.getByText(NICKNAME).first().waitFor();
  await look(other, theirs("home"));
  assert.deepEqual(visit.seen.complaints, []);
  house.other = { visit, page: other, email };
}

export async function recovery(house) {
  const { demo, page, words, email, kit, shot } = house;
  await settings(house);
  await press(button(page, words["set.signOut"]));
  await page.getByRole("heading", { name: words["welcome.title"] }).waitFor();
  await page.goto(`${demo.origin}/reset`);
  await write(page.getByLabel(words["sign.email"]), email);
  await press(button(page, words["join.send"]));
  await page.getByRole("heading", { name: words["join.sentTitle"] }).waitFor();
  const token = await demo.token(email, "reset");
  // Another page, so that the address behind # is read anew.
  await page.goto("about:blank");
  await page.goto(`${demo.origin}/reset#${token}`);
  await write(page.getByLabel(words["open.password"], { exact: true }), FRESH);
  await write(page.getByLabel(words["open.again"], { exact: true }), FRESH);
  await press(button(page, words["open.resetButton"]));
  await page.getByRole("heading", { name: words["kit.enter"] }).waitFor();
  const wrong = [...kit].toReversed().join("");
  await write(page.getByLabel(words["kit.code"]), wrong);
  await press(button(page, words["kit.open"]));
  await page.getByRole("alert").waitFor();
  await look(page, shot("kit-wrong"));
  await write(page.getByLabel(words["kit.code"]), kit);
  await press(button(page, words["kit.open"]));
  await page.getByText(NICKNAME).first().waitFor();
}

/** Shows the app in another language; ends in its settings. */
export async function speak(house, language) {
  const { page } = house;
  await settings(house);
  await choose(page.locator("main select").last(), language);
  const told = await messages(language);
  await page.getByRole("heading", { level: 1, name: told["nav.settings"] }).waitFor();
  return told;
}

export async function inLanguage(house, language) {
  const { page } = house;
  const told = await speak(house, language);
  for (const path of ["", "album", "toys", "activity", "privacy", "settings"]) {
    await press(page.locator(`a[href="/${path}"]:visible`).first());
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForLoadState("networkidle");
    await look(page, `${language}-${path || "home"}`);
  }
  await press(page.locator('a[href="/"]:visible').first());
  await press(page.getByText(NICKNAME).first());
  await page.getByText(told["limits.title"], { exact: true }).waitFor();
  await look(page, `${language}-child`);
  await press(page.getByText(told["limits.title"], { exact: true }));
  await page.getByRole("switch", { name: told["limits.bedtime"] }).waitFor();
  await look(page, `${language}-limits`);
}

export async function erasure(house) {
  const { page, words, shot } = house;
  await press(page.locator('a[href="/"]:visible').first());
  await press(page.getByText(NICKNAME).first());
  await press(button(page, words["child.eraseNow"]));
  const dialog = page.getByRole("dialog");
  await press(button(dialog, words["child.eraseNow"]));
  await press(button(dialog, words["child.stop"]));
  assert.equal(await page.getByText(words["receipt.erased"]).count(), 0, "stopped, and yet erased");
  await press(button(dialog, words["child.eraseNow"]));
  await page.getByRole("heading", { name: words["receipt.erased"] }).waitFor();
  await press(button(page, words["receipt.verify"]));
  await page.getByText(words["receipt.verified"].split("{")[0]).waitFor({ timeout: 90_000 });
  await look(page, shot("erased"));
}
