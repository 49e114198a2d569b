use std::ops::Deref;

use triomphe::{Arc, HeaderWithLength, ThinArc};

use super::Value;
use super::shape::Shape;

/// An array of values: one shared allocation, none when empty. Reads as a slice; made from a `Vec` or an iterator.
#[derive(Clone, Default)]
pub struct List(Option<ThinArc<Shape, Value>>);

impl List {
    /// The empty array.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }

    /// The elements.
    #[inline]
    pub fn as_slice(&self) -> &[Value] {
        match &self.0 {
            Some(items) => &items.slice,
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
        self.0.as_ref().map_or(Shape::EMPTY, |items| items.header.header)
    }

    fn few(items: impl ExactSizeIterator<Item = Value>) -> Self {
        if items.len() == 0 {
            return Self::new();
        }
        let mut shared = ThinArc::from_header_and_iter(Shape::EMPTY, items);
        shared.with_arc_mut(|shared| {
            if let Some(own) = Arc::get_mut(shared) {
                *own.header_mut() = Shape::of_items(own.slice());
            }
        });
        Self(Some(shared))
    }
}

impl Deref for List {
    type Target = [Value];

    #[inline]
    fn deref(&self) -> &[Value] {
        self.as_slice()
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.as_slice(), other.as_slice()) || self.as_slice() == other.as_slice()
    }
}

impl Eq for List {}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        if items.is_empty() {
            return Self::new();
        }
        let header = HeaderWithLength::new(Shape::of_items(&items), items.len());
        Self(Some(Arc::into_thin(Arc::from_header_and_vec(header, items))))
    }
}

impl<const N: usize> From<[Value; N]> for List {
    fn from(items: [Value; N]) -> Self {
        Self::few(items.into_iter())
    }
}

impl<const N: usize> From<smallvec::SmallVec<[Value; N]>> for List
where
    [Value; N]: smallvec::Array<Item = Value>,
{
    fn from(items: smallvec::SmallVec<[Value; N]>) -> Self {
        if items.spilled() { items.into_vec().into() } else { Self::few(items.into_iter()) }
    }
}

impl From<&[Value]> for List {
    fn from(items: &[Value]) -> Self {
        Self::few(items.iter().cloned())
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a Value;
    type IntoIter = std::slice::Iter<'a, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.as_slice().iter()
    }
}

impl std::fmt::Debug for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
