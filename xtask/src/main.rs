//! Every developer command of Treehouse: `cargo xtask --help`.
fn main() {}
