// The app's own texts, so that a journey reads and presses what a parent of that language does.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const web = new URL("../web/", import.meta.url);
const typescript = createRequire(new URL("package.json", web))("typescript");

/** The texts of a language by their keys; `{name}` isn't filled in. */
export async function messages(language) {
  const source = await readFile(new URL(`src/messages/${language}.ts`, web), "utf8");
  const { outputText } = typescript.transpileModule(source, {
    compilerOptions: { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 },
  });
  const module = `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
  return (await import(module)).default;
}
