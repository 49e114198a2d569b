use super::{Str, Value};

/// What a container knows about all that it holds, so that limits are checked without walking it.
///
/// Values share parts, so a few small steps can describe something astronomically large; the size counts a shared part as often as it
/// occurs and stays at a large number instead of wrapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Bytes behind the container's pointer.
    pub(super) size: u64,
    /// 1 more than the deepest child.
    pub(super) depth: u32,
}

impl Shape {
    /// What a value takes where it stands.
    pub(super) const INLINE: u64 = size_of::<Value>() as u64;
    /// A container without members.
    pub(super) const EMPTY: Self = Self { size: 0, depth: 1 };

    pub(super) fn of_items(items: &[Value]) -> Self {
        let mut shape = Self::EMPTY;
        items.iter().for_each(|item| shape.add(item));
        shape
    }

    pub(super) fn of_entries(entries: &[(Str, Value)]) -> Self {
        let mut shape = Self::EMPTY;
        for (key, value) in entries {
            shape.add_key(key);
            shape.add(value);
        }
        shape
    }

    /// The bytes that `value` keeps elsewhere.
    #[inline]
    pub(super) fn behind(value: &Value) -> u64 {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => Self::behind_text(text),
            Value::List(list) => list.shape().size,
            Value::Map(map) => map.shape().size,
            // Its content is not here, and whoever would need it all needs more than there is.
            Value::Large(_) => u64::MAX,
        }
    }

    fn add(&mut self, value: &Value) {
        self.size = total(self.size, value.size_bytes());
        self.depth = self.depth.max(value.depth().saturating_add(1));
    }

    fn add_key(&mut self, key: &Str) {
        self.size = total(self.size, size_of::<Str>() as u64 + Self::behind_text(key));
    }

    #[inline]
    fn behind_text(text: &Str) -> u64 {
        // Short text lives in the value; the length still counts when it does not, whoever else shares it.
        if text.len() <= Str::INLINE_LIMIT { 0 } else { text.len() as u64 }
    }
}

/// The sum; the largest number of all only when one of them is it, since that says more than a size.
#[inline]
pub(super) fn total(one: u64, other: u64) -> u64 {
    match one.checked_add(other) {
        Some(sum) if sum < u64::MAX => sum,
        _ if one == u64::MAX || other == u64::MAX => u64::MAX,
        _ => u64::MAX - 1,
    }
}
