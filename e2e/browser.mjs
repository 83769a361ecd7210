import { existsSync } from "node:fs";
import { env } from "node:process";

import { chromium } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

// A test must not wait for, or talk to, anybody outside this machine.
const QUIET = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--no-first-run",
];

export function launch() {
  const executablePath = env.TREEHOUSE_CHROMIUM ?? PLACES.find(existsSync);
  if (!executablePath) {
    throw new Error(
      "no Chromium here: `apt-get install chromium`, or set TREEHOUSE_CHROMIUM to its path",
    );
  }
  return chromium.launch({ executablePath, args: QUIET });
}

/**
 * Opens a page and notes all that a strict policy refused and all that went
 * wrong. Workers report their refusals to their page, which adds them to
 * `refused` on its own window.
 */
export async function openWatched(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => {
      window.refused.push(event.effectiveDirective);
    });
  });
  await page.goto(url);
  return { page, complaints, refused: () => page.evaluate(() => window.refused) };
}
