// A static server with the headers of the real one, so that the browser
// refuses here what it would refuse in production.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";

const CONTENT_TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  // instantiateStreaming refuses any other type.
  ".wasm": "application/wasm",
};

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "media-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types svelte-trusted-html treehouse-worker",
].join("; ");

const HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "camera=(self), microphone=(self), publickey-credentials-create=(self), publickey-credentials-get=(self)",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/**
 * Serves folders, by the first part of the path: `{ core: "/some/folder" }`, and hands what is
 * posted to `/native` to `ask`. Listens on this machine only, on a port that is free.
 */
export async function serve(folders, ask) {
  const server = createServer((request, response) => {
    const answered =
      request.method === "POST" && request.url === "/native"
        ? relay(ask, request, response)
        : answer(folders, request, response);
    answered.catch((error) => response.destroy(error));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    // By name: passkeys refuse an address.
    origin: `http://localhost:${server.address().port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function relay(ask, request, response) {
  const answer = await ask(await text(request));
  response.writeHead(200, { ...HEADERS, "content-type": "application/json" }).end(answer);
}

async function answer(folders, request, response) {
  const file = fileFor(folders, request.url);
  const found = file && (await stat(file).catch(() => null));
  if (!found?.isFile()) {
    response.writeHead(404, HEADERS).end();
    return;
  }
  const type = CONTENT_TYPES[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": found.size });
  await pipeline(createReadStream(file), response);
}

function fileFor(folders, url) {
  const path = normalize(decodeURIComponent(new URL(url, "http://localhost").pathname));
  const [, first, ...rest] = path.split("/");
  const folder = Object.hasOwn(folders, first) ? folders[first] : null;
  return folder && join(folder, ...rest);
}
