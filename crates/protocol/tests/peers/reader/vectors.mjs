// The vectors' files, for those that lean on others ("the record of the examples above").

import { readFileSync } from "node:fs";

const files = new Map();

export function file(name) {
  if (!files.has(name)) {
    const url = new URL(`../../vectors/${name}.json`, import.meta.url);
    files.set(name, JSON.parse(readFileSync(url, "utf8")).vectors);
  }
  return files.get(name);
}

export const vector = (name, title) => file(name).find((vector) => vector.name === title);
