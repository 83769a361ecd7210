//! Taking an input apart; where it ends, zeros follow.

/// What is left of an input.
pub struct Input<'i>(&'i [u8]);

impl<'i> Input<'i> {
    pub fn new(bytes: &'i [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let count = N.min(self.0.len());
        let (first, rest) = self.0.split_at(count);
        bytes[..count].copy_from_slice(first);
        self.0 = rest;
        bytes
    }

    pub fn rest(&mut self) -> &'i [u8] {
        std::mem::take(&mut self.0)
    }
}

/// The item that a byte stands for.
pub fn pick<T>(items: &[T], byte: u8) -> &T {
    &items[usize::from(byte) % items.len()]
}
