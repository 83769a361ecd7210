import { smoke } from "./smoke.mjs";

const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));

try {
  const result = await smoke();
  postMessage({ result, refused });
} catch (error) {
  postMessage({ error: String(error), refused });
}
