use std::collections::BTreeMap;

use thaiyyal_model::{Limits, Str, Timestamp, Value};

use crate::fault::Fault;

/// What the nodes of one execution share besides the values on edges.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) variables: BTreeMap<Str, Value>,
    pub(crate) context_variables: BTreeMap<Str, Value>,
    pub(crate) context_constants: BTreeMap<Str, Value>,
    /// By the name a node gives its slot; the unnamed slot is `""`.
    pub(crate) accumulators: BTreeMap<Str, Value>,
    /// By the name a node gives its slot; the unnamed slot is `""`.
    pub(crate) counters: BTreeMap<Str, f64>,
    /// With the time each entry is good until, oldest first.
    cache: Vec<(Str, Value, Timestamp)>,
    /// Of all its values, each by itself.
    bytes: u64,
}

/// The most entries a cache keeps; the oldest go first.
const CACHE_ENTRIES: usize = 1_000;

/// The parts of the state, as a set. A node that writes one of them runs after the earlier nodes that touch it and before the later ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Parts(u8);

impl Parts {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const VARIABLES: Self = Self(1);
    pub(crate) const CONTEXT: Self = Self(1 << 1);
    pub(crate) const ACCUMULATORS: Self = Self(1 << 2);
    pub(crate) const COUNTERS: Self = Self(1 << 3);
    pub(crate) const CACHE: Self = Self(1 << 4);
    pub(crate) const ALL: Self = Self((1 << Self::COUNT) - 1);
    /// How many parts there are.
    pub(crate) const COUNT: usize = 5;

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The positions of its members, each below [`Parts::COUNT`].
    pub(crate) fn positions(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let at = (left != 0).then(|| left.trailing_zeros() as usize);
            left &= left.wrapping_sub(1);
            at
        })
    }
}

impl State {
    /// Bytes of its values, what they share among each other and with others not considered.
    #[inline]
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        let named = [&self.variables, &self.context_variables, &self.context_constants, &self.accumulators];
        named.into_iter().flat_map(BTreeMap::values).chain(self.cache.iter().map(|(_, value, _)| value))
    }

    fn count(&mut self, value: &Value, before: Option<&Value>) {
        self.bytes = self.bytes.saturating_add(value.held_bytes()).saturating_sub(before.map_or(0, Value::held_bytes));
    }

    pub(crate) fn set_accumulator(&mut self, name: &Str, value: &Value) {
        let before = self.accumulators.insert(name.clone(), value.clone());
        self.count(value, before.as_ref());
    }

    pub(crate) fn set_context_variable(&mut self, name: &Str, value: &Value) {
        let before = self.context_variables.insert(name.clone(), value.clone());
        self.count(value, before.as_ref());
    }

    pub(crate) fn set_context_constant(&mut self, name: &Str, value: &Value) {
        let before = self.context_constants.insert(name.clone(), value.clone());
        self.count(value, before.as_ref());
    }

    /// What is cached under this key and still good at `now`.
    pub(crate) fn cached(&self, key: &str, now: Timestamp) -> Option<&Value> {
        self.cache.iter().find(|(own, _, until)| own == key && *until > now).map(|(_, value, _)| value)
    }

    /// Caches a value that is good before `until`.
    pub(crate) fn cache(&mut self, key: &Str, value: Value, until: Timestamp) {
        self.uncache(key);
        if self.cache.len() >= CACHE_ENTRIES {
            let (_, oldest, _) = self.cache.remove(0);
            self.bytes = self.bytes.saturating_sub(oldest.held_bytes());
        }
        self.count(&value, None);
        self.cache.push((key.clone(), value, until));
    }

    /// Removes what is cached under this key.
    pub(crate) fn uncache(&mut self, key: &str) {
        let removed = self.cache.extract_if(.., |(own, _, _)| own == key);
        self.bytes = removed.fold(self.bytes, |bytes, (_, value, _)| bytes.saturating_sub(value.held_bytes()));
    }

    /// Sets a workflow variable within the limits for variables.
    pub(crate) fn set_variable(&mut self, name: &Str, value: &Value, limits: &Limits) -> Result<(), Fault> {
        check_variable(value, limits)?;
        if let Some(most) = limits.max_variables
            && self.variables.len() >= most as usize
            && !self.variables.contains_key(name)
        {
            return Err(Fault::limit(
                "too_many_variables",
                "max_variables",
                most,
                format!("an execution may have {most} variables, and `{name}` would be one more"),
            ));
        }
        let before = self.variables.insert(name.clone(), value.clone());
        self.count(value, before.as_ref());
        Ok(())
    }
}

fn check_variable(value: &Value, limits: &Limits) -> Result<(), Fault> {
    if let Some(most) = limits.max_context_depth
        && depth(value) > most
    {
        return Err(Fault::limit(
            "variable_too_deep",
            "max_context_depth",
            most,
            format!("a variable may nest {most} deep, and this value nests {}", depth(value)),
        ));
    }
    check_lengths(value, limits)
}

/// Texts and lists; looks into lists only.
fn check_lengths(value: &Value, limits: &Limits) -> Result<(), Fault> {
    match value {
        Value::String(text) => match limits.max_string_length {
            Some(most) if text.len() > most as usize => Err(Fault::limit(
                "text_too_long",
                "max_string_length",
                most,
                format!("a text in a variable may have {most} bytes, and this one has {}", text.len()),
            )),
            _ => Ok(()),
        },
        Value::List(list) => match limits.max_array_length {
            Some(most) if list.len() > most as usize => Err(Fault::limit(
                "list_too_long",
                "max_array_length",
                most,
                format!("a list in a variable may have {most} elements, and this one has {}", list.len()),
            )),
            _ => list.iter().try_for_each(|item| check_lengths(item, limits)),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) | Value::Large(_) => Ok(()),
    }
}

/// Depth as the limit for variables counts it: null and empty containers 0, other scalars 1, containers one more than their deepest child.
fn depth(value: &Value) -> u32 {
    let deepest = match value {
        Value::Null => return 0,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Large(_) => return 1,
        Value::List(list) => list.iter().map(depth).max(),
        Value::Map(map) => map.values().map(depth).max(),
    };
    deepest.map_or(0, |deepest| deepest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_as_the_limit_for_variables_does() {
        for (json, expected) in
            [("null", 0), ("[]", 0), ("1", 1), ("[1]", 2), (r#"{"a":{"b":{"c":1}}}"#, 4), (r#"{"a":null}"#, 1), (r#"{"a":[]}"#, 1)]
        {
            assert_eq!(depth(&Value::from_json(json.as_bytes()).unwrap()), expected, "{json}");
        }
    }
}
