// How a parent is known by a card in a real browser: a link leads to the provider's page, the card is typed
// there, and the app's page, which has seen nothing of it, goes on by itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { env } from "node:process";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { launch } from "./browser.mjs";
import { account, agree, button } from "./journey.mjs";
import { look, visitor } from "./look.mjs";
import { messages } from "./messages.mjs";
import { freePort, startServed } from "./served.mjs";

const SCRIPT = fileURLToPath(new URL("../crates/server/tests/ports/card_server.py", import.meta.url));
const [GOOD, DECLINED] = ["4242 4242 4242 4242", "4000 0000 0000 0341"];
const KEY = "sk_test_of_a_journey";
/** How often is asked whether the provider listens, ten times a second: Python is slow to begin. */
const TRIES_MAX = 600;

let provider;
let origin;
let served;
let browser;
let words;

/** Starts localstripe with its page; answers where it is. */
async function startProvider() {
  const python = env.TREEHOUSE_SERVERS_PYTHON;
  if (!python) throw new Error("set TREEHOUSE_SERVERS_PYTHON to the Python that has localstripe (xtask/src/setup)");
  const port = await freePort();
  provider = spawn(python, [SCRIPT, String(port)], { stdio: ["pipe", "inherit", "inherit"] });
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const socket = new Socket().connect(port, "127.0.0.1");
    const there = await Promise.race([once(socket, "connect").then(() => true), once(socket, "error").then(() => false)]).catch(() => false);
    socket.destroy();
    if (there) return `http://127.0.0.1:${port}`;
    await pause(100);
  }
  throw new Error("the provider doesn't listen");
}

before(async () => {
  origin = await startProvider();
  served = await startServed(async (secrets) => {
    await writeFile(join(secrets, "card"), KEY, { mode: 0o600 });
    return `[card]\nkind = "stripe"\nurl = "${origin}"\nsecret_key_file = "${secrets}/card"\ncurrency = "eur"\namount = 70\n`;
  });
  browser = await launch();
  words = await messages("en");
});

after(async () => {
  await browser?.close();
  await served?.close();
  provider?.stdin.end();
});

describe("a parent who pays by card", { timeout: 180_000 }, () => {
  test("types it on the provider's page, and the app goes on", async () => {
    const { context, seen } = await visitor(browser, served.origin, { size: "phone" });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await account(served, page, words, "ivy@parents.example", (shot) => `ivy-${shot}`);
    await agree(page, words);
    await page.getByText(words["begin.method.payment-card"], { exact: true }).click();
    await page.getByText("EUR 0.70").waitFor();
    await look(page, "ivy-pays");
    assert.deepEqual(seen.foreign, [], "nothing of the provider is in the app's page");

    const opened = context.waitForEvent("page");
    await page.getByRole("link", { name: words["begin.cardButton"] }).click();
    const checkout = await opened;
    await checkout.getByLabel("Card number").fill(DECLINED);
    await checkout.getByRole("button", { name: "Pay" }).click();
    await checkout.getByText("Your card was declined.").waitFor();
    await checkout.getByLabel("Card number").fill(GOOD);
    await checkout.getByRole("button", { name: "Pay" }).click();
    await checkout.waitForURL(`${served.origin}/**`);
    await checkout.close();

    await page.bringToFront();
    await page.getByLabel(words["child.nickname"]).waitFor();
    await look(page, "ivy-known");
    assert.ok(seen.foreign.every((url) => url.startsWith(origin)), `${seen.foreign}`);
    await context.close();
  });
});
