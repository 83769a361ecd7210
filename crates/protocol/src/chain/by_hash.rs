//! What only the length of a chain bounds, such as its grants, found by a hash.
//!
//! A list in order, as in [`crate::sorted`], would move half of its entries at each insertion. A
//! B-tree is code that a browser has to fetch. So the entries stand as they came, and beside them a
//! list of their places, by hash: to move half of that costs less than to check one signature,
//! however long the chain is.

use crate::id::Hash;

/// Entries by hash, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ByHash<T> {
    places: Vec<usize>,
    entries: Vec<(Hash, T)>,
}

impl<T> ByHash<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), entries: Vec::new() }
    }

    /// Puts an entry in; it takes the place of the one that was there.
    pub(super) fn insert(&mut self, hash: Hash, entry: T) {
        match self.find(&hash) {
            Ok(at) => self.entries[self.places[at]].1 = entry,
            Err(at) => {
                self.places.insert(at, self.entries.len());
                self.entries.push((hash, entry));
            }
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, hash: &Hash) -> bool {
        self.find(hash).is_ok()
    }

    pub(super) fn get(&self, hash: &Hash) -> Option<&T> {
        self.find(hash).ok().map(|at| &self.entries[self.places[at]].1)
    }

    pub(super) fn get_mut(&mut self, hash: &Hash) -> Option<&mut T> {
        self.find(hash).ok().map(|at| &mut self.entries[self.places[at]].1)
    }

    /// All entries, by ascending hash.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Hash, T)> {
        self.places.iter().map(|place| &self.entries[*place])
    }

    /// All entries, as they came.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().map(|(_, entry)| entry)
    }

    /// The last to come of those that `is` picks.
    pub(super) fn newest(&self, is: impl Fn(&T) -> bool) -> Option<&T> {
        self.entries.iter().rev().map(|(_, entry)| entry).find(|entry| is(entry))
    }

    /// Where a hash stands among the places, or where it belongs.
    fn find(&self, hash: &Hash) -> Result<usize, usize> {
        self.places.binary_search_by(|place| self.entries[*place].0.cmp(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_by_hash_and_read_in_its_order() {
        let hashes = ["c", "a", "b"].map(|text| Hash::of(text.as_bytes()));
        let mut all = ByHash::new();
        for (number, hash) in hashes.iter().enumerate() {
            assert!(!all.contains(hash));
            all.insert(*hash, number);
        }
        all.insert(hashes[1], 7);
        assert_eq!((all.len(), all.get(&hashes[1]), all.get(&Hash::NONE)), (3, Some(&7), None));

        assert!(all.iter_mut().map(|number| *number).eq([0, 7, 2]));
        assert_eq!((all.newest(|_| true), all.newest(|number| *number > 2)), (Some(&2), Some(&7)));
        let mut expected = vec![(hashes[0], 0), (hashes[1], 7), (hashes[2], 2)];
        expected.sort_unstable();
        assert!(all.iter().eq(&expected));

        *all.get_mut(&hashes[2]).expect("was put in") = 9;
        assert_eq!(all.get(&hashes[2]), Some(&9));
    }
}
