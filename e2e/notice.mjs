// A notice that asks for more than was agreed to: the app says what is new, and asks for just that.
// And a notice of a breach: the app says whether its family is concerned.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { button, family, PASSWORD } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

const EMAIL = "notice@parents.example";
/** Somebody becomes a part of the service, and gets pictures. */
const PARTY = `
[[party]]
id = "printer"
name = "Printer Ltd"
kind = "service"
purpose = "storage"
gets = ["pictures"]
region = "US"
integral = true
assurance = { sha256 = "${"00".repeat(32)}", signed_on = 2026-01-01, expires_on = 2036-01-01 }
reviewed_on = 2026-01-01
review_due_on = 2036-01-01
`;

/** What the operator says of a theft. */
const SAID = `
[en]
happened = "Somebody used a stolen key to ask for pictures."
done = "The key was ended the same day."
`;

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

async function unlock(page, words) {
  await page.getByLabel(words["sign.password"], { exact: true }).fill(PASSWORD);
  await button(page, words["sign.unlockButton"]).click();
}

/** Goes from the start page to what is new in the notice. */
async function read(page, words, shot) {
  await page.getByText(words["change.waitsHome"]).waitFor();
  await look(page, `notice-${shot}-home`);
  await page.getByRole("link", { name: words["change.read"] }).click();
  const changes = page.locator("[data-test=notice-changes]");
  await changes.locator("ins").filter({ hasText: "Printer Ltd" }).first().waitFor();
  await look(page, `notice-${shot}`);
}

/** Goes to the notices of breaches by the privacy centre, as whoever is curious. */
async function curious(page, words) {
  await page.locator('a[href="/privacy"]:visible').first().click();
  await page.getByRole("link", { name: words["breach.open"] }).click();
  await page.getByRole("heading", { name: words["breach.title"] }).waitFor();
}

/** Goes home, is told there, and looks. */
async function warned(page, words, shot) {
  await page.locator('a[href="/"]:visible').first().click();
  await page.getByText(words["breach.homeText"]).waitFor();
  await look(page, `breach-home-${shot}`);
  await page.locator('a[href="/breach"]:visible').first().click();
}

/** Families hear of thefts, and each finds by itself whether it's concerned. */
async function breached(page, words, wide, arabic) {
  await curious(page, words);
  await page.getByText(words["breach.none"]).waitFor();
  await look(page, "breach-never");

  const from = ["--from", new Date(Date.now() - 86_400_000).toISOString()];
  const [family] = served.scope(...from).families;
  const [key] = family.exposed.flatMap((shelf) => shelf.readers).map((reader) => reader.key);
  const nobody = ["--principal", "0f".repeat(16), "--taken", "nothing", "--although-nobody"];
  await served.tell(SAID, ...from, ...nobody);
  await warned(page, words, "en");
  await page.getByText(words["breach.ownNone"]).waitFor();
  await page.getByText("Somebody used a stolen key").waitFor();
  await look(page, "breach-not-ours");
  // Whoever has read it isn't told again.
  const asked = page.waitForResponse(/\/v1\/publications\/breaches$/);
  await page.locator('a[href="/"]:visible').first().click();
  await asked;
  await page.locator("main img").first().waitFor();
  await page.getByText(words["act.allSeen"]).waitFor();
  assert.equal(await page.getByText(words["breach.homeText"]).count(), 0);

  await served.tell(SAID, ...from, "--principal", key, "--taken", "device-keys");
  await curious(page, words);
  const first = page.locator("[data-test=own]").first();
  await first.getByText(words["breach.ownSome"]).waitFor();
  await first.getByText(words["cat.photos"]).waitFor();
  await look(page, "breach-ours");
  await page.locator("[data-test=own]").nth(1).getByText(words["breach.ownNone"]).waitFor();
  await warned(wide, arabic, "ar");
  await wide.locator("[data-test=own]").first().getByText(arabic["breach.ownSome"]).waitFor();
  await look(wide, "breach-ours-ar");

  const stranger = await visitor(browser, served.origin, { size: "phone" });
  const outside = await stranger.context.newPage();
  await outside.goto(`${served.origin}/breach`);
  await outside.getByText(words["breach.signIn"]).waitFor();
  await outside.getByText("Somebody used a stolen key").first().waitFor();
  assert.deepEqual(stranger.seen.complaints, []);
  await stranger.context.close();
}

test("a guardian is asked again for what goes beyond its consent", { timeout: 300_000 }, async () => {
  const words = await messages("en");
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const { toy } = await family(served, page, words, EMAIL);
  await toy.close();
  await page.getByRole("heading", { name: words["home.hello"] }).waitFor();
  // The control: nothing is asked for while nothing has changed.
  assert.equal(await page.getByText(words["change.waitsHome"]).count(), 0);

  await served.register(PARTY);
  await served.restart();
  await page.reload();
  await page.getByLabel(words["sign.email"]).fill(EMAIL);
  await unlock(page, words);
  await read(page, words, "en");

  // The other guardian's telephone, so to speak: in another language, on a wide screen.
  const arabic = await messages("ar");
  const options = { size: "desktop", scheme: "dark", locale: "ar" };
  const other = await visitor(browser, served.origin, options);
  const wide = await other.context.newPage();
  wide.setDefaultTimeout(30_000);
  await wide.goto(`${served.origin}/sign-in`);
  await wide.getByLabel(arabic["sign.email"]).fill(EMAIL);
  await wide.getByLabel(arabic["sign.password"], { exact: true }).fill(PASSWORD);
  await button(wide, arabic["sign.in"]).click();
  await read(wide, arabic, "ar");

  await button(page, words["change.agree"]).click();
  await page.getByText(words["change.agreed"]).waitFor();
  assert.equal(await button(page, words["change.agree"]).count(), 0);
  await page.locator('a[href="/"]:visible').first().click();
  await page.getByRole("heading", { name: words["home.newest"] }).waitFor();
  await page.locator("main img").first().waitFor();
  assert.equal(await page.getByText(words["change.waitsHome"]).count(), 0, "it was agreed to");
  await breached(page, words, wide, arabic);
  assert.deepEqual([...seen.complaints, ...other.seen.complaints], []);
  await other.context.close();
  await context.close();
});
