// A family's days, one after the other, in a real browser against the real server.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { button, consent, family, keys, NICKNAME, open, PASSWORD } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";

const EMAIL = "family@parents.example";
const FRESH = "five other quite unlikely words";
const HOUR_MS = 3_600_000;

let demo;
let browser;
let words;
let visit;
let page;
let toy;
let kit;

before(async () => {
  demo = await startDemo();
  browser = await launch();
  words = await messages("en");
  visit = await visitor(browser, demo.origin, { size: "phone" });
  page = await visit.context.newPage();
  page.setDefaultTimeout(30_000);
  ({ toy, kit } = await family(demo, page, words, EMAIL));
});

after(async () => {
  await browser?.close();
  await demo?.close();
});

/** The bedtime that is set: an hour before and after this run begins. */
const BEDTIME = { from: clock(-1), until: clock(1) };

/** School that isn't now, whenever this runs: toys don't play while it is. */
const SCHOOL = new Date().getHours() < 12 ? { from: "14:00", until: "18:00" } : { from: "06:00", until: "10:00" };

/** The hour and minute of this machine, so many hours from now, as a field for a time has it. */
function clock(hours) {
  const at = new Date(Date.now() + hours * HOUR_MS);
  return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** What a guardian does after a reload: the session is there, the keys are locked. */
async function unlock() {
  await page.getByRole("heading", { name: words["sign.unlock"] }).waitFor();
  await look(page, "unlock");
  await page.getByLabel(words["sign.email"]).fill(EMAIL);
  await page.getByLabel(words["sign.password"], { exact: true }).fill(PASSWORD);
  await button(page, words["sign.unlockButton"]).click();
}

async function openLimits() {
  await page.getByText(NICKNAME).first().click();
  await page.getByText(words["limits.title"], { exact: true }).click();
  const name = words["limits.of"].replace("{name}", NICKNAME);
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

describe("limits", { timeout: 240_000 }, () => {
  test("a toy that has gone offline obeys the bedtime that was set", async () => {
    await openLimits();
    await page.getByText(words["limits.min"].replace("{n}", "60"), { exact: true }).first().click();
    const bedtime = page.getByRole("switch", { name: words["limits.bedtime"] });
    await bedtime.click();
    const from = page.getByLabel(words["limits.from"]).first();
    const until = page.getByLabel(words["limits.until"]).first();
    await from.fill("");
    await button(page, words.save).click();
    await page.getByText(words["limits.badTimes"]).waitFor();
    await from.fill(BEDTIME.from);
    await until.fill(BEDTIME.until);
    await page.getByRole("switch", { name: words["limits.school"] }).click();
    await page.getByLabel(words["limits.from"]).last().fill(SCHOOL.from);
    await page.getByLabel(words["limits.until"]).last().fill(SCHOOL.until);
    await page.getByLabel(words["kind.watch"]).last().selectOption("0");
    await button(page, words.save).click();
    await page.getByText(words["limits.saved"]).waitFor();
    await look(page, "limits-light");

    const refusal = toy.locator("[data-test=limit]");
    await refusal.waitFor();
    assert.match(await refusal.textContent(), new RegExp(words["toy.limit.bedtime"].split("{")[0]));
    assert.equal(await button(toy, words["toy.scene"]).count(), 0);
    await look(toy, "limits-toy");

    await toy.getByRole("switch", { name: words["toy.online"] }).click();
  });

  test("what was set is there after a reload, and a toy hears of a change when it's online", async () => {
    await page.reload();
    await unlock();
    await openLimits();
    const bedtime = page.getByRole("switch", { name: words["limits.bedtime"] });
    await bedtime.waitFor();
    assert.equal(await bedtime.getAttribute("aria-checked"), "true");
    assert.equal(await page.getByLabel(words["limits.from"]).first().inputValue(), BEDTIME.from);
    assert.equal(await page.getByLabel(words["kind.watch"]).last().inputValue(), "0");
    await bedtime.click();
    await button(page, words.save).click();
    await page.getByText(words["limits.saved"]).waitFor();
    const refusal = toy.locator("[data-test=limit]");
    assert.equal(await refusal.count(), 1, "a toy that is offline heard of something");
    await toy.getByRole("switch", { name: words["toy.online"] }).click();
    await button(toy, words["toy.scene"]).waitFor();
    assert.equal(await refusal.count(), 0);
    // An hour a day, in four games of a quarter.
    const games = button(toy, words["toy.spend"]);
    for (const spent of [16, 31, 46]) {
      await games.click();
      await toy.getByText(words["toy.spent"].other.replace("{n}", spent)).waitFor();
    }
    await games.click();
    await toy.getByText(words["toy.limit.day"]).first().waitFor();
    await look(toy, "limits-toy-spent");
  });
});

describe("the child's corner", { timeout: 60_000 }, () => {
  test("shows in pictures what is kept, who sees it and who doesn't", async () => {
    await page.bringToFront();
    await page.locator('a[href="/"]:visible').first().click();
    await page.getByText(NICKNAME).first().click();
    await page.locator('a[href^="/corner/"]').click();
    const name = words["corner.title"].replace("{name}", NICKNAME);
    await page.getByRole("heading", { level: 1, name }).waitFor();
    const list = (title) => page.locator("section").filter({ hasText: words[title] }).getByRole("listitem");
    const texts = async (title) => (await list(title).allTextContents()).join("\n");
    assert.ok((await texts("corner.kept")).includes(words["cat.photos"]));
    const seers = await texts("corner.see");
    assert.ok(seers.includes(words["corner.family"]) && seers.includes("Eichhörnchen"), seers);
    assert.ok((await texts("corner.cant")).includes(words["corner.makers"]));
    await look(page, "corner");
    await page.locator('main a[href^="/child/"]').click();
    await page.getByText(words["limits.title"], { exact: true }).waitFor();
  });
});

async function settings() {
  // A browser asks for a passkey only where somebody looks.
  await page.bringToFront();
  await page.locator('a[href="/settings"]:visible').first().click();
}

/** A device that holds passkeys; with or without the secret that opens keys. */
async function authenticator(hasPrf) {
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

describe("a passkey", { timeout: 240_000 }, () => {
  test("that gives no secret opens nothing, and says so", async () => {
    const remove = await authenticator(false);
    await settings();
    await button(page, words["pass.add"]).click();
    await page.getByText(words["pass.without"]).waitFor();
    await look(page, "passkey-without");
    await remove();
  });

  test("opens the keys after a reload, without the password, until it is taken away", async () => {
    const remove = await authenticator(true);
    await button(page, words["pass.add"]).click();
    await page.getByText(words["pass.on"]).waitFor();
    await look(page, "passkey");
    await page.reload();
    await page.getByRole("heading", { name: words["sign.unlock"] }).waitFor();
    await button(page, words["pass.unlock"]).click();
    await page.getByText(NICKNAME).first().waitFor();
    await settings();
    await button(page, words["pass.remove"]).click();
    await button(page, words["pass.add"]).waitFor();
    await page.reload();
    await unlock();
    await page.getByText(NICKNAME).first().waitFor();
    await remove();
  });
});

/** What an auditor is shown: the list of demands, and commands that name this very log. */
async function auditors(page, told, language) {
  const commands = page.locator("[data-test=audit-commands]");
  await commands.waitFor();
  const { log } = await page.evaluate(async () => (await fetch("/v1/deployment")).json());
  assert.ok((await commands.textContent()).includes(`--key '${log}'`), "the log's own key");
  await page.getByRole("radio", { name: told["audit.open"] }).check();
  const open = page.locator("details").filter({ hasText: "COPPA" }).first();
  await open.locator("summary").click();
  assert.match(await open.textContent(), /16 CFR 312/);
  await look(page, `audit-${language}`);
}

describe("whoever asks", { timeout: 180_000 }, () => {
  test("sees in the public log what counts, without signing in", async () => {
    for (const [language, scheme, size] of [["en", "light", "phone"], ["ar", "dark", "desktop"]]) {
      const told = await messages(language);
      const { context, seen } = await visitor(browser, demo.origin, { size, scheme, locale: language });
      const stranger = await context.newPage();
      await stranger.goto(`${demo.origin}/log`);
      await stranger.getByRole("heading", { name: told["pub.bundle"] }).waitFor();
      const proven = stranger.getByText(told["receipt.verified"].split("{")[0]);
      // Each line proves itself in its own time.
      await proven.nth(4).waitFor();
      await look(stranger, `log-${language}`);
      await stranger.getByRole("link", { name: told["audit.title"] }).click();
      await auditors(stranger, told, language);
      assert.deepEqual(seen.complaints, []);
      await context.close();
    }
  });
});

describe("a second guardian", { timeout: 240_000 }, () => {
  test("answers an invitation, is let in, and sees the child", async () => {
    await settings();
    await button(page, words["set.invite"]).click();
    await button(page, words["set.inviteMake"]).click();
    const url = await page.locator("[data-test=invitation]").textContent();
    await look(page, "invitation");
    const email = "second@parents.example";
    const { context, seen } = await visitor(browser, demo.origin, { size: "desktop", scheme: "dark" });
    const other = await context.newPage();
    other.setDefaultTimeout(30_000);
    const shot = (name) => `second-${name}`;
    await open(demo, other, words, email, shot);
    await other.goto(url);
    await keys(other, words, shot);
    await consent(demo, other, words, email, shot, words["invite.title"]);
    await other.getByRole("heading", { name: words["invite.answered"] }).waitFor();
    await look(other, "second-answered");
    await button(page, words["set.admit"]).click();
    await page.getByText(words["set.admitted"]).waitFor();
    await other.bringToFront();
    await other.getByText(NICKNAME).first().waitFor();
    await look(other, "second-home");
    assert.deepEqual(seen.complaints, []);
    await context.close();
  });
});

describe("the recovery kit", { timeout: 240_000 }, () => {
  test("opens the keys after a forgotten password, and no other code does", async () => {
    await settings();
    await button(page, words["set.signOut"]).click();
    await page.getByRole("heading", { name: words["welcome.title"] }).waitFor();
    await page.goto(`${demo.origin}/reset`);
    await page.getByLabel(words["sign.email"]).fill(EMAIL);
    await button(page, words["join.send"]).click();
    await page.getByRole("heading", { name: words["join.sentTitle"] }).waitFor();
    const token = await demo.token(EMAIL, "reset");
    // Another page, so that the address behind # is read anew.
    await page.goto("about:blank");
    await page.goto(`${demo.origin}/reset#${token}`);
    await page.getByLabel(words["open.password"], { exact: true }).fill(FRESH);
    await page.getByLabel(words["open.again"], { exact: true }).fill(FRESH);
    await button(page, words["open.resetButton"]).click();
    await page.getByRole("heading", { name: words["kit.enter"] }).waitFor();
    const wrong = [...kit].toReversed().join("");
    await page.getByLabel(words["kit.code"]).fill(wrong);
    await button(page, words["kit.open"]).click();
    await page.getByRole("alert").waitFor();
    await look(page, "kit-wrong");
    await page.getByLabel(words["kit.code"]).fill(kit);
    await button(page, words["kit.open"]).click();
    await page.getByText(NICKNAME).first().waitFor();
  });
});

describe("in other languages", { timeout: 240_000 }, () => {
  for (const language of ["fr", "es", "de"]) {
    test(`pages hold their texts: ${language}`, async () => {
      const told = await messages(language);
      await settings();
      await page.locator("main select").last().selectOption(language);
      await page.getByRole("heading", { level: 1, name: told["nav.settings"] }).waitFor();
      for (const path of ["", "album", "toys", "activity", "privacy", "settings"]) {
        await page.locator(`a[href="/${path}"]:visible`).first().click();
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        await look(page, `${language}-${path || "home"}`);
      }
      await page.locator('a[href="/"]:visible').first().click();
      await page.getByText(NICKNAME).first().click();
      await page.getByText(told["limits.title"], { exact: true }).waitFor();
      await look(page, `${language}-child`);
      await page.getByText(told["limits.title"], { exact: true }).click();
      await page.getByRole("switch", { name: told["limits.bedtime"] }).waitFor();
      await look(page, `${language}-limits`);
    });
  }
});

describe("erasure", { timeout: 240_000 }, () => {
  test("of a child ends with a certificate that the log proves", async () => {
    await settings();
    await page.locator("main select").last().selectOption("en");
    await page.getByRole("heading", { level: 1, name: words["nav.settings"] }).waitFor();
    await page.locator('a[href="/"]:visible').first().click();
    await page.getByText(NICKNAME).first().click();
    await button(page, words["child.eraseNow"]).click();
    const dialog = page.getByRole("dialog");
    await button(dialog, words["child.eraseNow"]).click();
    await button(dialog, words["child.stop"]).click();
    assert.equal(await page.getByText(words["receipt.erased"]).count(), 0, "stopped, and yet erased");
    await button(dialog, words["child.eraseNow"]).click();
    await page.getByRole("heading", { name: words["receipt.erased"] }).waitFor();
    await button(page, words["receipt.verify"]).click();
    await page.getByText(words["receipt.verified"].split("{")[0]).waitFor({ timeout: 90_000 });
    await look(page, "erased");
  });
});

test("nothing was refused by the policy, and nobody else was asked", () => {
  const { complaints, foreign } = visit.seen;
  assert.deepEqual({ complaints, foreign }, { complaints: [], foreign: [] });
});
