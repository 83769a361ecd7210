//! How a toy and a guardian find out that no server stands between them.

use treehouse_protocol::pairing::Pictures;

/// What remains to be done before either side trusts the other's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Nothing: the toy's picture was scanned. Its fingerprint came from the toy itself, and its
    /// secret went back to it with the family's genesis hash.
    Scanned,
    /// Only the code was typed: both sides show three pictures, and somebody compares them.
    Compare(Pictures),
}
