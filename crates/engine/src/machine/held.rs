//! What values take in memory together.

use std::collections::HashSet;

use thaiyyal_model::{Large, List, Map, Str, Value};

/// Counts the bytes of values as [`Value::size_bytes`] does, but what they share once.
///
/// The values stay where they are while it lives, so an address it has seen is still that of the same part.
#[derive(Default)]
pub(super) struct Held<'v> {
    bytes: u64,
    seen: HashSet<*const u8, foldhash::fast::RandomState>,
    values: std::marker::PhantomData<&'v Value>,
}

const INLINE: u64 = size_of::<Value>() as u64;

impl<'v> Held<'v> {
    pub(super) fn add(&mut self, value: &'v Value) {
        self.bytes += INLINE;
        self.add_behind(value);
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many parts were looked at, which is what counting costs.
    pub(super) fn parts(&self) -> u64 {
        self.seen.len() as u64
    }

    fn add_behind(&mut self, value: &'v Value) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.add_text(text),
            Value::List(list) => {
                if !self.is_new(list.as_ptr()) {
                    return;
                }
                let inline = list.len() as u64 * INLINE;
                self.bytes += inline;
                // Numbers, short texts and the like have nothing elsewhere.
                if value.size_bytes() > INLINE + inline {
                    list.iter().for_each(|item| self.add_behind(item));
                }
            }
            Value::Map(map) => {
                let Some((first, _)) = map.iter().next() else { return };
                if !self.is_new(first) {
                    return;
                }
                for (key, member) in map.iter() {
                    self.bytes += size_of::<Str>() as u64;
                    self.add_text(key);
                    self.add(member);
                }
            }
            Value::Large(large) => {
                if self.is_new(large.chunks().as_ptr()) {
                    self.bytes += size_of_val(large.chunks()) as u64;
                }
            }
        }
    }

    fn add_text(&mut self, text: &'v Str) {
        if text.len() > Str::INLINE_LIMIT && self.is_new(text.as_ptr()) {
            self.bytes += text.len() as u64;
        }
    }

    fn is_new<T>(&mut self, part: *const T) -> bool {
        self.seen.insert(part.cast())
    }
}

/// The same value, no part of which is shared with another: as it will be when it comes out of the journal.
///
/// So what an execution holds does not depend on whether it was resumed.
#[cold]
pub(super) fn unshared(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::String(text) => Value::from(text.as_str()),
        Value::List(list) => list.iter().map(unshared).collect::<List>().into(),
        Value::Map(map) => Map::from_pairs(map.iter().map(|(key, member)| (key.as_str(), unshared(member)))).into(),
        Value::Large(large) => Large::new(large.form(), large.chunks().to_vec()).into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use thaiyyal_model::Map;

    use super::*;

    fn bytes<'v>(values: impl IntoIterator<Item = &'v Value>) -> u64 {
        let mut held = Held::default();
        values.into_iter().for_each(|value| held.add(value));
        held.bytes()
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (0..100).prop_map(Value::from),
            "[a-z]{0,40}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[a-z]{1,20}", inner), 0..6).prop_map(|pairs| Map::from_pairs(pairs).into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_not_shared_counts_as_its_size(value in values()) {
            // Read from text, no part of it is shared.
            let value = Value::from_json(value.to_string().as_bytes()).expect("valid JSON");
            prop_assert_eq!(bytes([&value]), value.size_bytes());
        }

        #[test]
        fn what_is_unshared_shares_nothing(value in values(), times in 1..5_usize) {
            let list = Value::from(vec![value; times]);
            let own = unshared(&list);
            prop_assert_eq!(&own, &list);
            prop_assert_eq!(bytes([&own]), list.size_bytes());
            prop_assert_eq!(bytes([&own, &list]), own.size_bytes() + bytes([&list]));
        }

        #[test]
        fn what_is_shared_counts_once(value in values(), times in 1..5_usize, extra in any::<bool>()) {
            let value = Value::from_json(value.to_string().as_bytes()).expect("valid JSON");
            let list = Value::from(vec![value.clone(); times]);
            let more = [list.clone(), value.clone()];
            let inline = INLINE * (1 + times as u64);
            let expected = inline + (value.size_bytes() - INLINE);
            prop_assert_eq!(bytes([&list]), expected);
            let rest = if extra { &more[..] } else { &[] };
            prop_assert_eq!(bytes(std::iter::once(&list).chain(rest)), expected + INLINE * rest.len() as u64);
        }
    }
}
