//! The wasm face of `treehouse-protocol`.
