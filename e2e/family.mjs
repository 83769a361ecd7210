// A family's days, one after the other, in a real browser against the real server: once in English on a
// phone, once from right to left on a desktop by keyboard alone.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import * as album from "./album.mjs";
import { launch } from "./browser.mjs";
import * as days from "./days.mjs";
import { startDemo } from "./demo.mjs";
import { press } from "./hand.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";

const VISITORS = [
  { language: "en", size: "phone", scheme: "light", hand: "pointer" },
  // A guardian of the first family tries what is shared in the second.
  { language: "ar", size: "desktop", scheme: "dark", hand: "keyboard", neighbour: "second-en-family@parents.example" },
];
const TIMEOUT = { timeout: 240_000 };

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

for (const as of VISITORS) {
  describe(`a family in ${as.language} on a ${as.size} by ${as.hand}`, () => {
    let house;
    before(async () => (house = await days.moveIn(demo, browser, as)));
    after(() => Promise.all([house?.visit.context.close(), house?.other?.visit.context.close()]));

    test("a toy that has gone offline obeys the bedtime that was set", TIMEOUT, () => days.bedtime(house));
    const heard = "what was set is there after a reload, and a toy hears of a change when it's online";
    test(heard, TIMEOUT, () => days.morning(house));
    test("shows in pictures what is kept, who sees it and who doesn't", TIMEOUT, () => days.corner(house));
    test("a passkey that gives no secret opens nothing, and says so", TIMEOUT, () => days.weakPasskey(house));
    const opened = "a passkey opens the keys after a reload, without the password, until it is taken away";
    test(opened, TIMEOUT, () => days.passkey(house));
    const second = "a second guardian answers an invitation, is let in, and sees the child";
    test(second, TIMEOUT, () => days.second(house));
    const shared = "a link to a picture opens for the other guardian, and for nobody else";
    test(shared, TIMEOUT, () => album.share(house, as));
    const kit = "the recovery kit opens the keys after a forgotten password, and no other code does";
    test(kit, TIMEOUT, () => days.recovery(house));
    if (as.language === "en") {
      for (const language of ["fr", "es", "de"]) {
        test(`pages hold their texts: ${language}`, TIMEOUT, () => days.inLanguage(house, language));
      }
      test("and go back to the first language", TIMEOUT, () => days.speak(house, "en"));
    }
    test("a child picks a picture that shall go, and a grown-up who holds on deletes it", TIMEOUT, () =>
      album.takeAway(house, as));
    test("a child says by a picture that something is wrong, and a grown-up tells the operator", TIMEOUT, () =>
      album.worry(house, as));
    test("erasure of a child ends with a certificate that the log proves", TIMEOUT, () => days.erasure(house));
    test("nothing was refused by the policy, and nobody else was asked", () => {
      const { complaints, foreign } = house.visit.seen;
      assert.deepEqual({ complaints, foreign }, { complaints: [], foreign: [] });
    });
  });
}

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
    for (const { language, scheme, size } of VISITORS) {
      const told = await messages(language);
      const { context, seen } = await visitor(browser, demo.origin, { size, scheme, locale: language });
      const stranger = await context.newPage();
      await stranger.goto(`${demo.origin}/log`);
      await stranger.getByRole("heading", { name: told["pub.bundle"] }).waitFor();
      const proven = stranger.getByText(told["receipt.verified"].split("{")[0]);
      // Each line proves itself in its own time.
      await proven.nth(4).waitFor();
      await look(stranger, `log-${language}`);
      await press(stranger.getByRole("link", { name: told["audit.title"] }));
      await auditors(stranger, told, language);
      assert.deepEqual(seen.complaints, []);
      await context.close();
    }
  });
});
