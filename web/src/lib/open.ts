// Where pages get the core from: the Rust client, compiled to wasm, in a worker. It answers
// every word asked of it, even `then`, so it must never be what a promise resolves to.
export { core, toy } from '../core';
