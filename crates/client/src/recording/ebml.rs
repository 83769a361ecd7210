//! EBML (RFC 8794), as far as `WebM` needs it: elements are read one by one and written anew.

use super::RecordingRefused;

const DAMAGED: RecordingRefused = RecordingRefused::Damaged;

/// One element: its id, and what is in it.
#[derive(Debug, Clone, Copy)]
pub struct Element<'b> {
    /// The id, with its marker bits.
    pub id: u32,
    /// Its content; without a size, everything that follows.
    pub body: &'b [u8],
    /// Whether it says how long it is. A recorder that is still running doesn't know.
    pub sized: bool,
}

/// Elements, one behind the other.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'b>(pub &'b [u8]);

impl<'b> Elements<'b> {
    /// The next element; `None` at the end. What has no size ends them.
    pub fn next(&mut self) -> Result<Option<Element<'b>>, RecordingRefused> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (id, rest) = id(self.0)?;
        let (size, rest) = size(rest)?;
        let Some(size) = size else {
            self.0 = &[];
            return Ok(Some(Element { id, body: rest, sized: false }));
        };
        let size = usize::try_from(size).map_err(|_| DAMAGED)?;
        let (body, rest) = rest.split_at_checked(size).ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(Some(Element { id, body, sized: true }))
    }
}

fn id(bytes: &[u8]) -> Result<(u32, &[u8]), RecordingRefused> {
    let length = bytes.first().ok_or(DAMAGED)?.leading_zeros() as usize + 1;
    let (own, rest) = bytes.split_at_checked(length).ok_or(DAMAGED)?;
    if length > 4 {
        return Err(DAMAGED);
    }
    Ok((own.iter().fold(0, |id, byte| id << 8 | u32::from(*byte)), rest))
}

/// A size of 1 to 8 bytes; `None` if all of its bits are set: unknown.
pub fn size(bytes: &[u8]) -> Result<(Option<u64>, &[u8]), RecordingRefused> {
    let length = bytes.first().ok_or(DAMAGED)?.leading_zeros() as usize + 1;
    let (own, rest) = bytes.split_at_checked(length).ok_or(DAMAGED)?;
    if length > 8 {
        return Err(DAMAGED);
    }
    let bits = 7 * length;
    let all = (1_u64 << bits) - 1;
    let value = own.iter().fold(0_u64, |size, byte| size << 8 | u64::from(*byte)) & all;
    Ok(((value != all).then_some(value), rest))
}

/// An unsigned integer of at most 8 bytes.
pub fn uint(body: &[u8]) -> Result<u64, RecordingRefused> {
    if body.len() > 8 {
        return Err(DAMAGED);
    }
    Ok(body.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

/// Writes elements.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An element with these bytes in it.
    pub fn bytes(&mut self, id: u32, body: &[u8]) -> &mut Self {
        let id = id.to_be_bytes();
        let first = id.iter().position(|byte| *byte != 0).unwrap_or(3);
        self.0.extend_from_slice(&id[first..]);
        // Eight bytes of size, always: nothing depends on how long something is.
        self.0.extend_from_slice(&(body.len() as u64 | 1 << 56).to_be_bytes());
        self.0.extend_from_slice(body);
        self
    }

    /// An unsigned integer, in eight bytes.
    pub fn uint(&mut self, id: u32, value: u64) -> &mut Self {
        self.bytes(id, &value.to_be_bytes())
    }

    /// A number, in eight bytes.
    pub fn float(&mut self, id: u32, value: f64) -> &mut Self {
        self.bytes(id, &value.to_be_bytes())
    }

    /// An element that holds others.
    pub fn nested(&mut self, id: u32, inner: &Self) -> &mut Self {
        self.bytes(id, &inner.0)
    }

    /// How many bytes were written.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}
