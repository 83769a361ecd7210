// A picture of the album that guardians point each other at, and what a child does in its corner: it takes
// a picture away, and says that something is wrong. Steps of a family's days, as in days.mjs.

import assert from "node:assert/strict";

import { press, write } from "./hand.mjs";
import { button, NICKNAME, open, PASSWORD, unlock } from "./journey.mjs";
import { look } from "./look.mjs";

/** Longer than a grown-up has to hold a button. */
const HOLD_MS = 2_400;
const HASTE_MS = 300;
const COMPLAINTS = "/v1/complaints";

const heading = (page, name) => page.getByRole("heading", { name }).waitFor();

/** The sheet of the first picture of the album. */
async function openSheet(page, words) {
  await page.bringToFront();
  await press(page.locator('a[href="/album"]:visible').first());
  await press(page.locator("main li button").first());
  await press(button(page.getByRole("dialog").first(), words["share.open"]));
  return page.getByRole("dialog", { name: words["share.open"] });
}

export async function share(house, { hand }) {
  const { page, visit, words, shot } = house;
  const hasSheet = hand === "pointer";
  if (hasSheet) {
    // Phones have a sheet of the system for it, which no test can see; this browser has none.
    const take = (given) => Promise.resolve((globalThis.given = given));
    await page.evaluate(`navigator.share = ${take}`);
  } else {
    await visit.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  }
  const sheet = await openSheet(page, words);
  const seers = (await sheet.getByRole("listitem").allTextContents()).join("\n");
  assert.ok(seers.includes(words.you) && seers.includes(words["who.guardian"]), seers);
  // The toy takes pictures and can't read them.
  assert.ok(!seers.includes("Eichhörnchen"), seers);
  await sheet.getByText(words["share.nobody"]).waitFor();
  await look(page, shot("share"));
  const url = await sheet.locator("[data-test=shared-link]").textContent();
  assert.match(new URL(url).pathname, /^\/album\/[0-9a-f]+\/[0-9a-f]+$/);
  await press(button(sheet, words[hasSheet ? "share.send" : "share.copy"]));
  if (!hasSheet) await sheet.getByText(words["share.copied"]).waitFor();
  const given = hasSheet ? "given.url" : "navigator.clipboard.readText()";
  assert.equal(await page.evaluate(given), url);
  await press(button(sheet, words.close));
  await press(button(page.getByRole("dialog").first(), words.close).first());
  house.link = url;
  await follow(house);
  await refuse(house);
  if (house.neighbour) await neighbour(house);
}

/** The other guardian has the link in a letter, and nothing open. */
async function follow({ words, shot, link, other }) {
  const { page } = other;
  await page.bringToFront();
  await page.goto(link);
  await unlock(page, words, other.email);
  const viewer = page.getByRole("dialog").first();
  await viewer.locator("img").waitFor();
  assert.equal(page.url(), link);
  await look(page, shot("shared"));
  await press(button(viewer, words.close).first());
  await viewer.waitFor({ state: "detached" });
  await page.locator("main li button").first().waitFor();
  assert.equal(page.url(), link.slice(0, link.lastIndexOf("/")));
}

/** A stranger, who then has an account and no family. */
async function refuse({ demo, enter, words, shot, email, link }) {
  const { visit, page } = await enter({ size: "phone", scheme: "light" });
  await page.goto(link);
  await heading(page, words["share.closed"]);
  await look(page, shot("closed"));
  const own = `no-${email}`;
  await open(demo, page, words, own, (name) => shot(`closed-${name}`));
  await page.goto(link);
  await unlock(page, words, own);
  await heading(page, words["share.closed"]);
  await page.getByText(words["share.closedOther"]).waitFor();
  assert.equal(page.url(), link);
  assert.equal(await page.locator("img, dialog").count(), 0);
  await look(page, shot("closed-other"));
  assert.deepEqual(visit.seen.complaints, []);
  await visit.context.close();
}

/** A guardian of another family signs in at the link. */
async function neighbour({ enter, words, link, neighbour: email }) {
  const { visit, page } = await enter({ size: "desktop", scheme: "light" });
  await page.goto(link);
  await heading(page, words["share.closed"]);
  await press(button(page, words["sign.in"]));
  await write(page.getByLabel(words["sign.email"]), email);
  await write(page.getByLabel(words["sign.password"], { exact: true }), PASSWORD);
  await press(button(page, words["sign.in"]));
  await page.getByText(words["share.closedOther"]).waitFor();
  assert.equal(page.url(), link);
  await press(page.getByRole("link", { name: words.toHome }));
  await heading(page, words["home.hello"]);
  await visit.context.close();
}

async function openCorner({ page, words }) {
  await page.bringToFront();
  await press(page.locator('a[href="/"]:visible').first());
  await press(page.getByText(NICKNAME).first());
  await press(page.locator('a[href^="/corner/"]'));
  await heading(page, words["corner.title"].replace("{name}", NICKNAME));
}

/** A grown-up goes on where a child can't: with a pointer that stays, or by an answer. */
async function hold(page, hand, label, [ask, yes]) {
  const held = button(page, label);
  if (hand === "keyboard") {
    await press(held);
    return press(button(page.getByRole("dialog", { name: ask }), yes));
  }
  await held.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await held.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  // A press that doesn't last does nothing.
  for (const ms of [HASTE_MS, HOLD_MS]) {
    await held.waitFor();
    await page.mouse.down();
    await page.waitForTimeout(ms);
    await page.mouse.up();
  }
  return undefined;
}

export async function takeAway(house, { hand }) {
  const { page, words, shot, other, link } = house;
  await openCorner(house);
  await look(page, shot("corner-tools"));
  await press(button(page, words["corner.away"]));
  const dialog = page.getByRole("dialog");
  await dialog.locator("li img").first().waitFor();
  await look(page, shot("corner-which"));
  await press(dialog.locator("li button").first());
  await heading(page, words["corner.this"]);
  await look(page, shot("corner-this"));
  await press(button(dialog, words["corner.bin"]));
  await heading(page, words["corner.fetch"]);
  await look(page, shot("corner-fetch"));
  await hold(page, hand, words["corner.holdDelete"], [words["album.deleteAsk"], words["album.delete"]]);
  await heading(page, words["corner.gone"]);
  await look(page, shot("corner-gone"));
  await press(button(dialog, words.done));
  await press(page.locator('main a[href^="/child/"]'));
  await press(page.locator('main a[href^="/album/"]'));
  await page.getByText(words["album.empty"]).waitFor();

  await other.page.bringToFront();
  await other.page.goto(link);
  await unlock(other.page, words, other.email);
  await other.page.getByText(words["share.gone"]).waitFor();
  await look(other.page, shot("shared-gone"));
  assert.deepEqual(other.visit.seen.complaints, []);
}

export async function worry(house, { hand }) {
  const { page, words, shot } = house;
  const sent = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === COMPLAINTS) sent.push(request);
  });
  await openCorner(house);
  await press(button(page, words["corner.wrong"]));
  await heading(page, words["corner.what"]);
  await look(page, shot("corner-what"));
  await press(button(page, words["corner.seen"]));
  await heading(page, words["corner.fetch"]);
  // What the child means may be a picture of its own: then it can go at once.
  await button(page, words["corner.away"]).last().waitFor();
  await look(page, shot("corner-worry"));
  await hold(page, hand, words["corner.holdOn"], [words["corner.areYou"], words.next]);
  await heading(page, words["complain.title"]);
  const text = page.getByLabel(words["complain.words"]);
  const proposed = await text.inputValue();
  assert.ok(proposed.includes(words["corner.seen"]) && !proposed.includes(NICKNAME), proposed);
  await look(page, shot("complain"));
  await write(text, "");
  await press(button(page, words["complain.send"]));
  await page.locator("textarea[aria-invalid=true]").waitFor();
  assert.ok((await page.locator("textarea + .error").textContent()).startsWith(words["complain.length"].split("{")[0]));
  assert.equal(sent.length, 0, "something was sent before a grown-up did");
  const written = "Somebody showed this picture at school.";
  await write(text, written);
  await press(button(page, words["complain.send"]));
  await heading(page, words["complain.sent"]);
  assert.deepEqual(sent.map((request) => request.postDataJSON()), [{ text: written }]);
  const { authorization, cookie } = await sent[0].allHeaders();
  assert.deepEqual([authorization, cookie], [undefined, undefined], "it tells whose it is");
  assert.match(await page.locator("[data-test=complaint]").textContent(), /^[0-9a-f]+$/);
  await look(page, shot("complain-sent"));
  await press(button(page, words.done));
  await press(page.locator('main a[href^="/child/"]'));
}
