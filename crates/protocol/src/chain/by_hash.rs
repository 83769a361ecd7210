//! What only the length of a chain bounds, such as its grants, found by a hash.
//!
//! A list in order, as in [`crate::sorted`], would move half of its entries at each insertion. A
//! B-tree would be compiled anew for each type of entry, and a browser fetches all of it. So there
//! is one type of B-tree, from a hash to a place, and beside it the entries as they came.

use std::collections::BTreeMap;

use crate::id::Hash;

/// Entries by hash, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ByHash<T> {
    places: BTreeMap<Hash, usize>,
    entries: Vec<(Hash, T)>,
}

impl<T> ByHash<T> {
    pub(super) const fn new() -> Self {
        Self { places: BTreeMap::new(), entries: Vec::new() }
    }

    /// Puts an entry in; it takes the place of the one that was there.
    pub(super) fn insert(&mut self, hash: Hash, entry: T) {
        if let Some(place) = self.places.get(&hash) {
            self.entries[*place].1 = entry;
        } else {
            self.places.insert(hash, self.entries.len());
            self.entries.push((hash, entry));
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn contains(&self, hash: &Hash) -> bool {
        self.places.contains_key(hash)
    }

    pub(super) fn get(&self, hash: &Hash) -> Option<&T> {
        self.places.get(hash).map(|place| &self.entries[*place].1)
    }

    pub(super) fn get_mut(&mut self, hash: &Hash) -> Option<&mut T> {
        self.places.get(hash).map(|place| &mut self.entries[*place].1)
    }

    /// All entries, by ascending hash.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(Hash, T)> {
        self.places.values().map(|place| &self.entries[*place])
    }

    /// All entries, as they came.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&Hash, &mut T)> {
        self.entries.iter_mut().map(|(hash, entry)| (&*hash, entry))
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

        let mut expected = vec![(hashes[0], 0), (hashes[1], 7), (hashes[2], 2)];
        assert!(all.iter_mut().map(|(hash, number)| (*hash, *number)).eq(expected.clone()));
        expected.sort_unstable();
        assert!(all.iter().eq(&expected));

        *all.get_mut(&hashes[2]).expect("was put in") = 9;
        assert_eq!(all.get(&hashes[2]), Some(&9));
    }
}
