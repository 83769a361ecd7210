// What a child says and films, from the toy's microphone and camera to the guardian's album; and what
// no toy records that nobody has agreed to. Chromium's own test devices beep and show a clock.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";

import { launch } from "./browser.mjs";
import { startDemo } from "./demo.mjs";
import { account, button, child, consent, link, NICKNAME, unlock } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages, written } from "./messages.mjs";

/** Longer than a toy is waited for that is to be named. */
const NAMING_MS = 15_000;
const EBML = "1a45dfa3";
/** What Chromium calls itself in what it records. */
const RECORDER = "Chrome";

let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await launch(["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]);
});

after(async () => {
  await browser?.close();
  await demo?.close();
});

const VISITORS = [
  { language: "en", size: "phone", scheme: "light" },
  { language: "ar", size: "desktop", scheme: "dark" },
];

/**
 * Watches a browser's pages: which cameras and microphones are open, whether the lamp is on while they are,
 * and how often a tone was played.
 */
async function watchSensors(context) {
  await context.addInitScript(() => {
    // A page that isn't served over TLS, such as the blank one that a browser begins with, has no sensors.
    if (!globalThis.isSecureContext) return;
    const tracks = [];
    const media = MediaDevices.prototype;
    const { getUserMedia } = media;
    media.getUserMedia = async function (wanted) {
      const stream = await getUserMedia.call(this, wanted);
      tracks.push(...stream.getTracks());
      return stream;
    };
    const { start } = OscillatorNode.prototype;
    const watched = { tones: 0, dark: 0, open: () => tracks.filter((track) => track.readyState === "live").length };
    OscillatorNode.prototype.start = function (...when) {
      watched.tones += 1;
      return start.apply(this, when);
    };
    const frame = () => {
      if (watched.open() && !document.querySelector(".lamp.on")) watched.dark += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    globalThis.watched = watched;
  });
}

const sensors = (toy) =>
  toy.evaluate(() => ({ tones: watched.tones, dark: watched.dark, open: watched.open() }));

/** The control: a microphone that is opened by another way than the toy's own is seen to be on in the dark. */
async function listenInTheDark(toy) {
  const before = await sensors(toy);
  await toy.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (let frames = 0; frames < 5; frames += 1) await new Promise(requestAnimationFrame);
    for (const track of stream.getTracks()) track.stop();
  });
  assert.ok((await sensors(toy)).dark > before.dark, "nobody saw it");
}

/** Lets the toy record for two seconds or a little more, and keep that. */
async function record(toy, words, what, shot) {
  await toy.bringToFront();
  const lamp = (on) => toy.getByRole("img", { name: words[on ? "toy.lampOn" : "toy.lampOff"] });
  await lamp(false).waitFor();
  const before = await sensors(toy);
  await button(toy, words[`toy.${what}`]).click();
  await lamp(true).waitFor();
  // On a machine that has much to do, a second may be skipped.
  const seconds = [2, 3, 4, 5, 6, 7, 8, 9].map((n) => written(toy, words["toy.recording"], n));
  const shown = (await Promise.all(seconds)).map((text) => toy.getByText(text));
  await shown.reduce((one, other) => one.or(other)).waitFor();
  const during = await sensors(toy);
  assert.ok(during.open > 0 && during.tones === before.tones + 1, "it says that it begins");
  await look(toy, shot(`toy-${what}-lamp`));
  await button(toy, words["toy.stopRecording"]).click();
  await lamp(false).waitFor();
  const after = { open: 0, tones: before.tones + 2, dark: before.dark };
  assert.deepEqual(await sensors(toy), after, "it ends, says so, and was never on without its lamp");
  await button(toy, words[`toy.${what}`]).waitFor();
  await look(toy, shot(`toy-${what}`));
}

/** Opens a recording of the album, plays it, jumps in it, and saves it. */
async function play(page, words, place, tag, shot) {
  await page.bringToFront();
  await page.locator("main li button").nth(place).click();
  const dialog = page.getByRole("dialog").first();
  const begin = button(dialog, words["album.play"]);
  await begin.waitFor();
  assert.equal(await dialog.locator(tag).count(), 0, "it's there before anybody asked for it");
  await look(page, shot(`album-${tag}`));
  // As somebody does who has no pointer.
  await begin.focus();
  await page.keyboard.press("Enter");
  const player = dialog.locator(tag);
  await player.waitFor();
  const played = await player.evaluate(async (element) => {
    const until = (check) =>
      new Promise((resolve) => {
        const ask = () => (check() ? resolve() : setTimeout(ask, 50));
        ask();
      });
    await until(() => element.currentTime > 0.3);
    element.pause();
    element.currentTime = 1;
    await until(() => !element.seeking);
    const { duration, error, autoplay, controls, currentTime, src } = element;
    const focused = document.activeElement === element;
    return { duration, error, autoplay, controls, currentTime, focused, blob: src.startsWith("blob:") };
  });
  assert.ok(played.duration > 1.5 && played.duration < 15, `${tag} lasts ${played.duration} s`);
  const { error, autoplay, controls, currentTime, focused, blob } = played;
  const expected = { error: null, autoplay: false, controls: true, currentTime: 1, focused: true, blob: true };
  assert.deepEqual({ error, autoplay, controls, currentTime, focused, blob }, expected);
  await look(page, shot(`album-${tag}-playing`));
  const saved = page.waitForEvent("download");
  await button(dialog, words["album.download"]).click();
  const file = await readFile(await (await saved).path());
  assert.equal(file.subarray(0, 4).toString("hex"), EBML);
  assert.ok(!file.includes(RECORDER), "the recorder's name is in it");
  return dialog;
}

/** A further toy, from the page of toys. */
async function linked(demo, page, words, shot, what) {
  await page.bringToFront();
  await page.locator('a[href="/toys"]:visible').first().click();
  await page.getByRole("heading", { level: 1, name: words["toys.title"] }).waitFor();
  await page.locator('main a[href="/toys/link"]').first().click();
  await page.getByLabel(words["link.code"]).waitFor();
  const toy = await link(demo, page, words, shot, what);
  toy.setDefaultTimeout(30_000);
  return toy;
}

/** A toy that is switched off at once can't be named yet; whoever links the next one meanwhile isn't called back. */
async function goesOn(demo, page, toy, words, shot) {
  await toy.bringToFront();
  await button(toy, words["toy.forget"]).click();
  await toy.getByText(words["toy.choose"]).waitFor();
  await toy.close();
  const choose = () => page.context().pages().at(-1).close();
  await linked(demo, page, words, shot, { kind: "watch", name: "Dachs", choose });
  await page.locator('a[href="/toys"]:visible').first().click();
  await page.getByRole("heading", { level: 1, name: words["toys.title"] }).waitFor();
  await page.locator('main a[href="/toys/link"]').first().click();
  await page.waitForTimeout(NAMING_MS);
  await page.getByLabel(words["link.code"]).waitFor();
}

/** A guardian marks the toy as lost, in words of its own; and finds it again. */
async function loseAndFind(page, toy, words, shot) {
  const text = "Schule am Fluss";
  await page.bringToFront();
  await page.locator('a[href="/toys"]:visible').first().click();
  await page.getByText("Eule").click();
  await button(page, words["lost.mark"]).click();
  const dialog = page.getByRole("dialog", { name: words["lost.mark"] });
  const field = dialog.getByLabel(words["lost.words"]);
  assert.equal(await field.inputValue(), words["lost.example"]);
  assert.doesNotMatch(words["lost.example"], /\d/, "a number is proposed");
  await field.fill("");
  await button(dialog, words["lost.mark"]).click();
  await page.getByText(words["lost.missing"]).waitFor();
  await look(page, shot("lose"));
  await field.fill(text);
  await button(dialog, words["lost.mark"]).click();
  const shows = page.locator("[data-test=lost-shows]");
  await shows.waitFor();
  assert.ok((await shows.textContent()).includes(text));
  await look(page, shot("lost"));
  await page.locator('a[href="/"]:visible').first().click();
  await page.getByText(words["lost.home"].replace("{name}", "Eule")).waitFor();

  await toy.bringToFront();
  const screen = toy.locator("[data-test=lost]");
  await screen.waitFor();
  assert.ok((await screen.textContent()).includes(text));
  for (const key of ["toy.say", "toy.film", "toy.scene"]) assert.equal(await button(toy, words[key]).count(), 0);
  assert.equal(await toy.locator("audio, video, code").count(), 0, "something of what it keeps is shown");
  // Kept from the server, and switched off and on: lost all the same.
  await toy.getByRole("switch", { name: words["toy.online"] }).click();
  assert.equal(await screen.count(), 1);
  await toy.reload();
  await screen.waitFor();
  await look(toy, shot("toy-lost"));

  await page.bringToFront();
  await page.locator('a[href="/toys"]:visible').first().click();
  await page.getByText("Eule").click();
  await button(page, words["lost.found"]).click();
  await button(page, words["lost.mark"]).waitFor();
  await toy.bringToFront();
  await button(toy, words["toy.say"]).waitFor();
}

describe("voice and films", () => {
  for (const { language, size, scheme } of VISITORS) {
    test(`reach the album if a guardian agreed, in ${language}`, { timeout: 360_000 }, async () => {
      const words = await messages(language);
      const shot = (name) => `media-${language}-${name}`;
      const { context, seen } = await visitor(browser, demo.origin, { size, scheme, locale: language });
      await watchSensors(context);
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const email = `media-${language}@parents.example`;
      await account(demo, page, words, email, shot);
      await consent(demo, page, words, email, shot);
      await child(page, words, shot);

      const switches = (...keys) => keys.map((key) => page.getByRole("switch", { name: words[key] }));
      const mute = await link(demo, page, words, shot, {
        // A toy without a microphone: nobody is asked about voice.
        choose: async () => {
          for (const one of switches("link.voice", "link.video")) assert.equal(await one.count(), 0);
        },
      });
      mute.setDefaultTimeout(30_000);
      await button(mute, words["toy.scene"]).waitFor();
      assert.equal(await button(mute, words["toy.say"]).count(), 0);
      await button(mute, words["toy.forget"]).click();
      await mute.getByText(words["toy.choose"]).waitFor();
      await mute.close();

      await page.getByRole("link", { name: words["begin.later"] }).click();
      await page.getByRole("heading", { level: 1, name: words["home.hello"] }).waitFor();
      const silent = await linked(demo, page, words, shot, {
        kind: "watch",
        name: "Fuchs",
        choose: async () => {
          for (const one of switches("link.voice", "link.video")) {
            assert.equal(await one.getAttribute("aria-checked"), "false", "something was switched on");
          }
          await look(page, shot("rights"));
        },
      });
      // Nobody has agreed: it says so, and has no button.
      await silent.locator("[data-test=no-voice]").waitFor();
      await silent.locator("[data-test=no-video]").waitFor();
      for (const key of ["toy.say", "toy.film"]) assert.equal(await button(silent, words[key]).count(), 0);
      await look(silent, shot("toy-refuses"));
      await button(silent, words["toy.forget"]).click();
      await silent.getByText(words["toy.choose"]).waitFor();
      await silent.close();

      const toy = await linked(demo, page, words, shot, {
        kind: "tablet",
        name: "Eule",
        choose: async () => {
          for (const one of switches("link.voice", "link.video")) await one.click();
        },
      });
      await record(toy, words, "say", shot);
      await record(toy, words, "film", shot);
      await listenInTheDark(toy);

      await page.bringToFront();
      await page.locator('a[href="/album"]:visible').first().click();
      await page.locator("main li button").nth(1).waitFor({ timeout: 60_000 });
      await look(page, shot("album"));
      const alt = words["album.video"].split("{")[0] + (language === "en" ? NICKNAME : "");
      await page.getByRole("img", { name: alt }).first().waitFor();
      let dialog = await play(page, words, 0, "video", shot);
      await button(dialog, words.close).first().click();
      dialog = await play(page, words, 1, "audio", shot);
      await button(dialog, words["album.delete"]).click();
      const asked = page.getByRole("dialog", { name: words["album.deleteRecordingAsk"] });
      await button(asked, words["album.delete"]).click();
      await page.getByText(words["album.deleted"]).waitFor();
      await page.keyboard.press("Escape");
      await loseAndFind(page, toy, words, shot);
      if (language === "en") await goesOn(demo, page, toy, words, shot);
      await page.reload();
      await unlock(page, words, email);
      await page.locator('a[href="/album"]:visible').first().click();
      await page.locator("main li button").first().waitFor();
      assert.equal(await page.locator("main li button").count(), 1, "what was deleted is there again");
      assert.deepEqual({ complaints: seen.complaints, foreign: seen.foreign }, { complaints: [], foreign: [] });
      await context.close();
    });
  }
});
