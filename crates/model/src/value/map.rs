use smallvec::SmallVec;
use triomphe::{Arc, HeaderWithLength, ThinArc};

use super::shape::Shape;
use super::{Str, Value};

/// An object: one shared allocation (none when empty) of members in ascending order of their keys' bytes, each key once.
#[derive(Clone, Default)]
pub struct Map(Option<ThinArc<Shape, Entry>>);

type Entry = (Str, Value);

/// Up to this many members, comparing each for equality beats searching by order.
pub(crate) const FEW: usize = 8;

impl Map {
    /// The object without members.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// From members in any order; of those with equal keys the last wins. Members that come sorted cost no sorting.
    pub fn from_pairs<K: Into<Str>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::from_entries(&mut pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }

    /// Takes all the entries. Not by value, because they are larger than all else that making an object copies.
    pub(crate) fn from_entries(entries: &mut SmallVec<[Entry; FEW]>) -> Self {
        if !entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            // Stable, so that of equal keys the last one given is the last one here.
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(later, kept);
                }
                same
            });
        }
        Self::sorted(entries)
    }

    /// The value of the member `key`.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&Value> {
        let entries = self.entries();
        if entries.len() <= FEW {
            entries.iter().find(|(own, _)| own.as_str() == key).map(|(_, value)| value)
        } else {
            self.position(key).ok().map(|at| &entries[at].1)
        }
    }

    /// Whether there is a member `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// This object with the member `key` added or replaced. Costs a copy of the list of members, not of what they hold.
    #[must_use]
    pub fn with(&self, key: impl Into<Str>, value: impl Into<Value>) -> Self {
        let (key, value) = (key.into(), value.into());
        let mut entries: SmallVec<[Entry; FEW]> = SmallVec::with_capacity(self.len() + 1);
        entries.extend(self.entries().iter().cloned());
        match self.position(&key) {
            Ok(at) => entries[at].1 = value,
            Err(at) => entries.insert(at, (key, value)),
        }
        Self::sorted(&mut entries)
    }

    /// This object without the member `key`.
    #[must_use]
    pub fn without(&self, key: &str) -> Self {
        self.entries().iter().filter(|(own, _)| own != key).cloned().collect()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The members in key order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Str, &Value)> + DoubleEndedIterator {
        self.entries().iter().map(|(key, value)| (key, value))
    }

    /// The keys in ascending order.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = &Str> + DoubleEndedIterator {
        self.entries().iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl ExactSizeIterator<Item = &Value> + DoubleEndedIterator {
        self.entries().iter().map(|(_, value)| value)
    }

    /// The members as a slice, in key order.
    #[inline]
    pub fn entries(&self) -> &[(Str, Value)] {
        match &self.0 {
            Some(entries) => &entries.slice,
            None => &[],
        }
    }

    /// How deep containers nest, this one included; see [`Value::depth`].
    #[inline]
    pub fn depth(&self) -> u32 {
        self.shape().depth
    }

    #[inline]
    pub(super) fn shape(&self) -> Shape {
        self.0.as_ref().map_or(Shape::EMPTY, |entries| entries.header.header)
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.entries().binary_search_by(|(own, _)| own.as_str().cmp(key))
    }

    /// From entries that are in order.
    fn sorted(entries: &mut SmallVec<[Entry; FEW]>) -> Self {
        if entries.is_empty() {
            return Self::new();
        }
        let shape = Shape::of_entries(entries);
        Self(Some(if entries.spilled() {
            let entries = std::mem::take(entries).into_vec();
            Arc::into_thin(Arc::from_header_and_vec(HeaderWithLength::new(shape, entries.len()), entries))
        } else {
            ThinArc::from_header_and_iter(shape, entries.drain(..))
        }))
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.entries(), other.entries()) || self.entries() == other.entries()
    }
}

impl Eq for Map {}

/// As [`Map::from_pairs`].
impl FromIterator<(Str, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Str, Value)>>(entries: I) -> Self {
        Self::from_entries(&mut entries.into_iter().collect())
    }
}

impl std::fmt::Debug for Map {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
