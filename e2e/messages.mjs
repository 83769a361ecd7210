// The app's own texts, so that a journey reads and presses what a parent of that language does.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const web = new URL("../web/", import.meta.url);
const typescript = createRequire(new URL("package.json", web))("typescript");

/** The texts of a language by their keys; `{name}` isn't filled in. */
export async function messages(language) {
  return (await import(await moduleOf(language))).default;
}

/** A text with its number, as a page writes it in the language that it shows. */
export async function written(page, text, n) {
  const [number, form] = await page.evaluate((count) => {
    const { lang } = document.documentElement;
    return [new Intl.NumberFormat(lang).format(count), new Intl.PluralRules(lang).select(count)];
  }, n);
  const template = typeof text === "string" ? text : (text[form] ?? text.other);
  return template.replace("{n}", number);
}

/** A file of texts as an address to import, and with it those that it imports. */
async function moduleOf(name) {
  const source = await readFile(new URL(`src/messages/${name}.ts`, web), "utf8");
  let { outputText } = typescript.transpileModule(source, {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  for (const [written, part] of outputText.matchAll(/'\.\/([\w.]+)'/g)) {
    outputText = outputText.replace(written, `'${await moduleOf(part)}'`);
  }
  return `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
}
