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
  // A demo signs its own certificate; what a page may ignore by itself, a service worker's script may not.
  "--ignore-certificate-errors",
];

/** Starts it, for some journeys with further switches. */
export function launch(further = []) {
  const executablePath = env.TREEHOUSE_CHROMIUM ?? PLACES.find(existsSync);
  if (!executablePath) {
    throw new Error(
      "no Chromium here: `apt-get install chromium`, or set TREEHOUSE_CHROMIUM to its path",
    );
  }
  return chromium.launch({ executablePath, args: [...QUIET, ...further] });
}

/**
 * Opens a page that puts what it is for into `window.outcome`, and waits for
 * it. Answers with that, all that the policy refused and all that went wrong.
 *
 * The page must start by itself: what a test calls through `page.evaluate` may
 * use eval whatever the policy says, until its first await.
 */
export async function outcomeOf(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    // Workers send theirs to their page, which adds them.
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => {
      window.refused.push(event.effectiveDirective);
    });
  });
  try {
    await page.goto(url);
    await page.waitForFunction(() => "outcome" in window);
    const outcome = await page.evaluate(() => window.outcome);
    // A round trip through the page's task queue, where such events wait.
    const refused = await page.evaluate(
      () => new Promise((resolve) => setTimeout(() => resolve(window.refused))),
    );
    return { outcome, refused, complaints };
  } finally {
    await page.close();
  }
}
