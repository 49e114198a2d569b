use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::body::Received;
use crate::problem::Problem;
use crate::schema;
use crate::state::State;

/// What was posted: a bare definition, or one with an input.
pub(super) struct Inline<'a> {
    pub definition: &'a RawValue,
    /// Where the definition stands in the body.
    pub pointer: &'static str,
    pub input: Option<&'a RawValue>,
    pub timeout_ms: Option<u64>,
}

/// A definition to run: either bare (`nodes` and `edges` at the top) or as `definition`, with an input.
#[derive(ToSchema)]
#[schema(as = InlineInput)]
#[expect(dead_code, reason = "only described: bodies are read by `Inline::of`")]
pub(super) struct InlineBody {
    /// The definition; without it the whole body is one.
    #[schema(value_type = Option<schema::Definition>)]
    definition: (),
    /// Any JSON value.
    input: Option<serde_json::Value>,
    /// How long to wait for the end; 30000 unless told, at most 120000.
    timeout_ms: Option<u64>,
}

impl<'a> Inline<'a> {
    /// Reads a body of either form. Whatever is no object is taken for a bare definition, which then tells what is wrong with it.
    pub(super) fn of(received: &'a Received) -> Result<Self, Problem> {
        let whole: &RawValue = received.parse_any()?;
        let bare = Self { definition: whole, pointer: "", input: None, timeout_ms: None };
        if !whole.get().starts_with('{') {
            return Ok(bare);
        }
        let parts: Parts<'a> = received.parse()?;
        let Some(definition) = parts.definition else { return Ok(bare) };
        if let Some(unknown) = parts.unknown {
            return Err(Problem::unknown_field(&unknown, "definition, input, timeout_ms"));
        }
        let timeout_ms = match parts.timeout_ms.map(RawValue::get) {
            None | Some("null") => None,
            Some(text) => Some(text.parse().map_err(|_| Problem::field("/timeout_ms", "must be a whole number of milliseconds"))?),
        };
        Ok(Self { definition, pointer: "/definition", input: parts.input, timeout_ms })
    }

    /// How many bytes such a body may have.
    pub(super) fn limit(state: &State) -> usize {
        state.settings.max_definition_bytes + state.settings.max_input_bytes + (16 << 10)
    }
}

/// The members of the wrapped form, and the first that is none of them.
#[derive(Default)]
struct Parts<'a> {
    definition: Option<&'a RawValue>,
    input: Option<&'a RawValue>,
    timeout_ms: Option<&'a RawValue>,
    unknown: Option<String>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Parts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Parts<'de>, A::Error> {
                let mut parts = Parts::default();
                while let Some(name) = members.next_key::<Key<'de>>()? {
                    match &*name.0 {
                        "definition" => parts.definition = Some(members.next_value()?),
                        "input" => parts.input = Some(members.next_value()?),
                        "timeout_ms" => parts.timeout_ms = Some(members.next_value()?),
                        other => {
                            parts.unknown.get_or_insert_with(|| other.to_owned());
                            members.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(parts)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A key, without a copy where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
