// How a page is looked at: for accessibility, for what it asks of whom, and for people to see.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Where the pictures go; nothing of it is committed. */
const PICTURES = join(env.TREEHOUSE_CACHE ?? tmpdir(), "screenshots");
/** Widths in CSS pixels that are left of 1280 at 200 and at 400 % (WCAG 2.2, 1.4.4 and 1.4.10). */
const ZOOMED = [640, 320];
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

/** A visitor: a browser of its own, watched for whatever it should not do. */
export async function visitor(browser, origin, { size, scheme = "light", locale = "en" }) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: SIZES[size],
    colorScheme: scheme,
    locale,
    reducedMotion: "reduce",
  });
  const seen = { complaints: [], foreign: [], addresses: [] };
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`refused by the policy: ${event.effectiveDirective} ${event.blockedURI}`);
    });
  });
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "blob:" && url.protocol !== "data:" && url.origin !== origin) {
      seen.foreign.push(request.url());
    }
    seen.addresses.push(`${url.pathname}${url.search}`);
  });
  context.on("weberror", (error) => seen.complaints.push(error.error().message));
  context.on("console", (message) => {
    const text = message.text();
    // The browser's own line about an answer that the page understands.
    const answered = text.startsWith("Failed to load resource: the server responded with");
    if (message.type() === "error" && !answered) seen.complaints.push(text);
  });
  return { context, seen };
}

/** Rules that a page breaks, by axe. */
export async function broken(page) {
  // What `evaluate` runs is not bound by the page's policy.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).join(", ")}`);
}

/** Until nothing loads or moves any more. */
async function settled(page) {
  await page.waitForFunction(() => {
    const loading = document.querySelector(".bone, [aria-busy=true]");
    const drawn = [...document.images].every((image) => image.complete && image.naturalWidth > 0);
    const still = document.getAnimations().every((animation) => {
      const endless = animation.effect?.getComputedTiming().iterations === Infinity;
      return endless || animation.playState !== "running";
    });
    return !loading && drawn && still;
  });
}

/** Looks at a page as it stands, and takes its picture. */
export async function look(page, name) {
  await mkdir(PICTURES, { recursive: true });
  // A tab in the background neither loads nor moves.
  await page.bringToFront();
  await settled(page);
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
  await describe(page, name);
  assert.deepEqual(await broken(page), [], `axe finds something on ${name}`);
  assert.equal(await overflow(page), 0, `${name} is too wide, by so many pixels`);
  await zoomed(page, name);
  assert.equal(await unnoticed(page), undefined, name);
}

/** Says beside a picture what stands on the screen, where, and of which app: for the archive. */
async function describe(page, name) {
  const said = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    text: document.body.innerText,
  }));
  const { origin, pathname } = new URL(page.url());
  // Which family it was is no part of a screen's address.
  const address = pathname.replaceAll(/\b[0-9a-f]{16,}\b/g, "ID");
  // Asked past the page, which may be offline, and whose own requests are counted.
  const asked = page.context().request.get(`${origin}/v1/bundle`);
  const bundle = await asked.then(async (answer) => (await answer.json()).sha256).catch(() => null);
  const text = JSON.stringify({ address, ...said, bundle }, null, 2);
  await writeFile(join(PICTURES, `${name}.json`), `${text}\n`);
}

/** By how many pixels a page is wider than its window. */
function overflow(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(scrollWidth - clientWidth, 0);
  });
}

/** A page must not be cut off for who needs it larger. */
async function zoomed(page, name) {
  const size = page.viewportSize();
  for (const width of ZOOMED) {
    await page.setViewportSize({ width, height: size.height });
    assert.equal(await overflow(page), 0, `${name} is too wide at ${width} pixels, by so many`);
  }
  await page.setViewportSize(size);
}

/** Why a page doesn't lead to the notice as it must (16 CFR 312.4(d)), if so. */
export async function unnoticed(page) {
  const links = page.locator('a[href^="/notice/online.html"]:visible');
  if ((await links.count()) === 0) return "no link to the notice is to be seen";
  const small = await links.first().evaluate((link) => {
    const px = (element) => Number.parseFloat(getComputedStyle(element).fontSize);
    return px(link) < px(document.body);
  });
  return small ? "the link to the notice is smaller than the text" : undefined;
}

/** What a browser keeps outside its sealed database, as text. */
export async function kept(page) {
  return page.evaluate(async () => {
    const stores = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open("treehouse");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const name of database.objectStoreNames) {
      const all = database.transaction(name).objectStore(name).getAll();
      await new Promise((resolve) => (all.onsuccess = resolve));
      for (const value of all.result) {
        if (value instanceof CryptoKey) {
          stores.push(value.extractable ? "a key that can be taken out" : "");
        } else {
          stores.push(new TextDecoder("latin1").decode(value.sealed ?? new Uint8Array()));
        }
      }
    }
    database.close();
    return stores.join("\n");
  });
}
