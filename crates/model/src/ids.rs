use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{ContextV7, Uuid};

use crate::{Clock, StepId, Timestamp};

/// The ids of one process within a millisecond still sort in the order they were minted (RFC 9562, section 6.2, method 1).
static CONTEXT: std::sync::LazyLock<std::sync::Mutex<ContextV7>> = std::sync::LazyLock::new(|| std::sync::Mutex::new(ContextV7::new()));

fn mint(clock: &dyn Clock) -> Uuid {
    let now = clock.now();
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    let context = CONTEXT.lock().expect("no holder of this lock can panic");
    Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanos))
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id (UUID version 7), later than every id this process minted before.
            #[must_use]
            pub fn mint(clock: &dyn Clock) -> Self {
                Self(mint(clock))
            }

            /// Wraps a UUID read from storage or a message.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID, for storage and messages.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// The owner of everything; every row has exactly one.
    TenantId
}
uuid_id! {
    /// A named definition with its draft and versions.
    WorkflowId
}
uuid_id! {
    /// One run of one version, draft or inline definition. Sorts by the time it was accepted.
    ExecutionId
}
uuid_id! {
    /// One worker process; fresh at every start, never used again.
    WorkerId
}
uuid_id! {
    /// A person with an account.
    UserId
}
uuid_id! {
    /// The public part of an API key.
    ApiKeyId
}
uuid_id! {
    /// One question that an execution asks people. Sorts by the time it was asked.
    ApprovalId
}
uuid_id! {
    /// A browser session.
    SessionId
}
uuid_id! {
    /// One message that is still to be published.
    OutboxId
}
uuid_id! {
    /// One due time of one step.
    TimerId
}

impl ExecutionId {
    /// The id of the execution that an attempt of a step of `parent` starts, asked for at `at`: the same whenever that is asked again,
    /// so that whoever asks twice starts one.
    #[must_use]
    pub fn of_child(parent: Self, step: &StepId, attempt: u32, at: Timestamp) -> Self {
        let mut hash = Sha256::new();
        hash.update(parent.0.as_bytes());
        hash.update(attempt.to_le_bytes());
        hash.update(step.to_string());
        let random: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&random[..10]);
        Self(uuid::Builder::from_unix_timestamp_millis(u64::try_from(at.as_millisecond()).unwrap_or(0), &bytes).into_uuid())
    }
}

/// How often an execution was claimed; fences every write of older claims. Starts at 0 and only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The position of a record in the journal of one execution, from 1, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a signal in the order in which signals arrive. Numbers are given before they can be seen: a smaller one may appear after
/// a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalSeq(pub i64);

impl fmt::Display for SignalSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a published version of a workflow, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionNumber(pub i32);

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// SHA-256 of the stored JSON text of a definition: equal text is stored, compiled and cached once per tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionHash(pub [u8; 32]);

impl DefinitionHash {
    /// The hash of a definition's stored text.
    #[must_use]
    pub fn of(stored: &[u8]) -> Self {
        Self(Sha256::digest(stored).into())
    }
}

impl fmt::Display for DefinitionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// SHA-256 over what a repeated request must have in common with the first one: method, path and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestHash(pub [u8; 32]);

impl RequestHash {
    /// The hash of a request.
    #[must_use]
    pub fn of(method: &str, path: &str, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// The client's name for one request, so that repeating it does nothing twice. 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Accepts 1 to 255 printable ASCII characters; `None` otherwise.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        fits.then(|| Self(text.to_owned()))
    }

    /// The key as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
