import init, * as core from "/core/core.js";

const text = new TextEncoder().encode("grüß Gott, Treehouse");
const header = new TextEncoder().encode("header");

/** Uses every building block once; says what came out and how long it took. */
export async function smoke() {
  const milliseconds = {};
  const timed = async (name, work) => {
    const start = performance.now();
    const result = await work();
    milliseconds[name] = Math.round((performance.now() - start) * 10) / 10;
    return result;
  };

  await timed("load", () => init({ module_or_path: "/core/core_bg.wasm" }));
  const hybrid = await timed("xWing", () => core.hpkeRoundTrip(true, text));
  const small = await timed("x25519", () => core.hpkeRoundTrip(false, text));
  const signed = await timed("sign", () => core.signAndVerify(text));
  const sealed = await timed("seal", () => core.sealRecord(new Uint8Array(32), header, text));
  const upload = await timed("password", () => register());
  return {
    hybrid: new TextDecoder().decode(hybrid),
    small: new TextDecoder().decode(small),
    signed,
    sealedLength: sealed.length,
    uploadLength: upload.length,
    wrongResponse: errorOf(() => new core.SignIn(text).finish(new Uint8Array(3))),
    milliseconds,
  };
}

// A server's answer is two points of the group; blinded passwords are points
// too, so no server is needed to get as far as stretching the password.
function register() {
  const registration = new core.Registration(text);
  const response = new Uint8Array(64);
  response.set(new core.Registration(text).request, 0);
  response.set(new core.Registration(text).request, 32);
  return registration.finish(response);
}

function errorOf(work) {
  try {
    work();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : `not an Error: ${error}`;
  }
}
