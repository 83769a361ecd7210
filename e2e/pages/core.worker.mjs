const refused = [];
addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));

addEventListener("message", async ({ data: journey }) => {
  let result = null;
  let error = null;
  try {
    const { run } = await import("./journeys/all.mjs");
    result = await run(journey);
  } catch (thrown) {
    error = String(thrown);
  }
  // The event of a refusal comes in a task of its own.
  setTimeout(() => postMessage({ result, error, refused }));
});
