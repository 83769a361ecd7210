// A toy is linked by what the phone's camera sees: a fake camera films the code that the toy shows.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch } from "./browser.mjs";
import { account, button, child, consent, unlock } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { startServed } from "./served.mjs";

const EMAIL = "scan@parents.example";
const [WIDTH, HEIGHT, FRAMES] = [640, 480, 2];
const [WHITE, BLACK, GRAY] = [235, 16, 128];

let folder;
let served;
let browser;
let words;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "treehouse-film-"));
  served = await startServed();
  browser = await launch([
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${join(folder, "film.y4m")}`,
  ]);
  words = await messages("en");
});

after(async () => {
  await browser?.close();
  await served?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** The dark squares of a code as it's drawn on a page, and how many squares wide it is. */
function squares(svg) {
  return svg.evaluate((drawn) => {
    const found = drawn.querySelector("path").getAttribute("d").matchAll(/M(\d+) (\d+)/g);
    return { size: drawn.viewBox.baseVal.width, dark: [...found].map(([, x, y]) => [Number(x), Number(y)]) };
  });
}

/** A film of it in YUV4MPEG2, as the fake camera wants it. */
function film({ size, dark }) {
  const scale = Math.floor(HEIGHT / size);
  const [left, top] = [WIDTH - size * scale, HEIGHT - size * scale].map((rest) => Math.floor(rest / 2));
  const luma = Buffer.alloc(WIDTH * HEIGHT, WHITE);
  for (const [x, y] of dark) {
    for (let row = 0; row < scale; row += 1) {
      const start = (top + y * scale + row) * WIDTH + left + x * scale;
      luma.fill(BLACK, start, start + scale);
    }
  }
  const frame = [Buffer.from("FRAME\n"), luma, Buffer.alloc((WIDTH * HEIGHT) / 2, GRAY)];
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array(FRAMES).fill(frame).flat()]);
}

test("a guardian links a toy by its camera", { timeout: 240_000 }, async () => {
  const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const shot = (name) => `scan-${name}`;
  await account(served, page, words, EMAIL, shot);
  await consent(served, page, words, EMAIL, shot);
  await child(page, words, shot);
  const scan = button(page, words["link.scan"]);
  // The control: without leave to film, nothing is linked, and the page says what to do.
  await scan.click();
  await page.getByText(words["link.noCamera"]).waitFor();
  await look(page, shot("refused"));

  // A device of its own: what the two have in common is what the camera sees.
  const other = await visitor(browser, served.origin, { size: "phone" });
  const toy = await other.context.newPage();
  await toy.goto(`${served.origin}/toy`);
  await toy.getByRole("button", { name: words["toy.camera"] }).first().click();
  await button(toy, words["toy.showCode"]).click();
  const code = toy.getByRole("img", { name: words["toy.scanMe"] });
  await writeFile(join(folder, "film.y4m"), film(await squares(code)));

  await context.grantPermissions(["camera"], { origin: served.origin });
  await page.bringToFront();
  await page.reload();
  await unlock(page, words, EMAIL);
  await page.locator('a[href="/toys"]:visible').first().click();
  await page.locator('a[href="/toys/link"]:visible').first().click();
  await scan.click();
  await page.getByText(words["link.waitTitle"]).waitFor();
  await look(page, shot("seen"));
  await toy.bringToFront();
  // The toy knows by its own secret which family stands before it: there is nothing to compare.
  await toy.getByText(words["toy.acceptScan"]).waitFor();
  await button(toy, words["toy.accept"]).click();
  await page.bringToFront();
  await page.getByRole("switch", { name: words["begin.photos"] }).click();
  // Nobody of this family has agreed to anything yet, and the page was read anew: so the notice is shown.
  await page.getByText(words["change.readFirst"]).waitFor();
  await button(page, words["link.finish"]).click();
  await page.getByLabel(words["toys.name"]).fill("Kamera");
  await button(page, words["done"]).click();
  await page.getByText("Kamera").first().waitFor();
  await look(page, shot("linked"));
  assert.deepEqual([...seen.complaints, ...other.seen.complaints], []);
  await other.context.close();
  await context.close();
});
