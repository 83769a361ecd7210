const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));

let error = null;
try {
  Function("return 1")();
} catch (refusal) {
  error = String(refusal);
}
// The event of a refusal comes in a task of its own.
setTimeout(() => postMessage({ error, refused }));
