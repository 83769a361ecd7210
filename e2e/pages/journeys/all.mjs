import init from "/core/face.js";

import { damage } from "./damage.mjs";
import { founding } from "./founding.mjs";
import { household } from "./household.mjs";
import { letters } from "./letters.mjs";
import { password } from "./password.mjs";

const journeys = { damage, founding, household, letters, password };

/** Loads the core and runs one journey; says what came out and how long it took. */
export async function run(name) {
  const milliseconds = {};
  const timed = async (what, work) => {
    const start = performance.now();
    const result = await work();
    milliseconds[what] = Math.round((performance.now() - start) * 10) / 10;
    return result;
  };
  const folder = name === "password" ? "core-with-password" : "core";
  await timed("load", () => init({ module_or_path: `/${folder}/core_bg.wasm` }));
  return { ...(await journeys[name](timed)), milliseconds };
}
