import { smoke } from "./smoke.mjs";

const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));

let result = null;
let error = null;
try {
  result = await smoke();
} catch (thrown) {
  error = String(thrown);
}
// The event of a refusal comes in a task of its own.
setTimeout(() => postMessage({ result, error, refused }));
