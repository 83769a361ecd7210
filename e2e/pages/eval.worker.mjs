const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));

let thrown = false;
try {
  Function("return 1")();
} catch {
  thrown = true;
}
// The event of the refusal comes in a task of its own.
setTimeout(() => postMessage({ thrown, refused }));
