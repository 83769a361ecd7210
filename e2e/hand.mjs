// How a person uses a page: with a pointer, or with a keyboard alone (WCAG 2.2: 2.1.1, 2.1.2, 2.4.7).

import assert from "node:assert/strict";

/** How often Tab is pressed before something counts as out of reach. */
const TABS_MAX = 120;
const OPTIONS_MAX = 40;
const FOLLOWS_MS_MAX = 3_000;

const typists = new WeakSet();

/** From now on nobody in this context has a pointer. */
export async function takePointer(context) {
  typists.add(context);
  const watch = () => addEventListener("focusin", () => (window.hadFocus = true));
  await context.addInitScript(watch);
  for (const page of context.pages()) await page.evaluate(watch);
}

const types = (target) => typists.has(target.page().context());

/** Does something on a page; if that can't be done, the complaint tells what the page is, and says. */
async function done(target, work) {
  try {
    return await work();
  } catch (error) {
    const page = target.page();
    const said = await page.locator("body").innerText({ timeout: 1_000 }).catch(() => "nothing");
    error.message += `\n${page.url()} said: ${said.replace(/\s+/g, " ").slice(0, 600)}`;
    throw error;
  }
}

/** Presses a button, follows a link, chooses, or switches over. */
export async function press(target, options) {
  if (!types(target)) return done(target, () => target.click(options));
  const key = await reach(target.first(), options);
  return target.page().keyboard.press(key);
}

/** Writes into a field, in place of what is there. */
export async function write(target, text) {
  if (!types(target)) return done(target, () => target.fill(text));
  await reach(target.first());
  if ((await target.first().getAttribute("type")) === "time") return writeTime(target.first(), text);
  const { keyboard } = target.page();
  await keyboard.press("ControlOrMeta+A");
  return text ? keyboard.type(text) : keyboard.press("Backspace");
}

/** Writes a time such as 20:00 part by part: the clock of this browser counts to twelve, whatever a page speaks. */
async function writeTime(target, text) {
  const { keyboard } = target.page();
  if (!text) return keyboard.press("Backspace");
  const [hour, minute] = text.split(":");
  const twelfth = String(Number(hour) % 12 || 12).padStart(2, "0");
  await keyboard.type(`${twelfth}${minute}${Number(hour) < 12 ? "a" : "p"}`);
  return assert.equal(await target.inputValue(), text, "a time that was written isn't there");
}

/** Takes one of a list that opens. */
export async function choose(target, value) {
  if (!types(target)) return target.selectOption(value);
  await reach(target);
  const { keyboard } = target.page();
  await keyboard.press("Home");
  for (let option = 0; option < OPTIONS_MAX; option += 1) {
    if ((await target.inputValue()) === value) return undefined;
    await keyboard.press("ArrowDown");
  }
  return assert.fail(`no key chooses ${value} of ${target}`);
}

/** Goes there by Tab, and by arrows within a group of choices; answers the key that uses it. */
async function reach(target, options) {
  const { keyboard } = target.page();
  // Until it's there and enabled; nothing is clicked.
  await target.click({ ...options, trial: true });
  assert.ok(await isKept(target.page()), `what had the focus is gone, and nobody knows where it is, on the way to ${target}`);
  for (let tab = 0; tab < TABS_MAX; tab += 1) {
    const found = await target.evaluate(focused);
    if (found.here) {
      assert.ok(found.shown, `nobody can see that the focus is on ${target}`);
      return found.key;
    }
    await keyboard.press(found.among ? "ArrowDown" : "Tab");
  }
  return assert.fail(`no key leads to ${target}`);
}

/** Whether the focus is somewhere, once it was; it may have to follow what has just changed. */
function isKept(page) {
  const somewhere = () => !window.hadFocus || (document.activeElement && document.activeElement !== document.body);
  return page.waitForFunction(somewhere, undefined, { timeout: FOLLOWS_MS_MAX }).then(
    () => true,
    () => false,
  );
}

/** Where the focus is, seen from an element; run in the page. */
function focused(element) {
  const now = document.activeElement;
  const acts = "a, button, input, select, summary, textarea";
  const wanted = element.closest("label")?.control ?? element.closest(acts) ?? element;
  const isChoice = (one) => one instanceof HTMLInputElement && one.type === "radio";
  const among = isChoice(now) && isChoice(wanted) && now.name === wanted.name;
  // What draws a choice may be its label, or stand beside it.
  const shown = [now, now.closest("label"), now.nextElementSibling, now.parentElement]
    .filter(Boolean)
    .some((one) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      const outlined = outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
      return outlined || boxShadow !== "none";
    });
  const isPressed = wanted.matches("a, button:not([role=switch]), summary");
  return { here: now === wanted, among, shown, key: isPressed ? "Enter" : "Space" };
}
