//! How the words of the model stand in columns: ids as 16 bytes, hashes as 32 bytes, times as microseconds since 1970 in UTC,
//! statuses as words.

use std::time::Duration;

use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, Value, ValueRef},
};
use thaiyyal_model::{
    ApiKeyId, ApprovalId, DefinitionHash, Epoch, ExecutionId, ExecutionStatus, LimitChanges, OutboxId, Priority, Reason, RequestHash, Seq,
    SessionId, Shard, TenantId, TimerId, Timestamp, Trigger, UserId, VersionNumber, WorkerId, WorkflowId,
};
use uuid::Uuid;

/// A word of the model on its way into or out of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Sql<T>(pub(crate) T);

impl<T: Column> ToSql for Sql<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.store())
    }
}

impl<T: Column> FromSql for Sql<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::load(value).map(Self)
    }
}

/// How long an idempotency key is remembered.
pub(crate) const KEY_LIFE: Duration = Duration::from_hours(24);

/// The instant `by` before `now`, or the beginning of time.
pub(crate) fn before(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

/// The instant `by` after `now`, or the end of time.
pub(crate) fn after(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// How one kind of word is stored.
pub(crate) trait Column: Sized {
    fn store(&self) -> ToSqlOutput<'_>;
    fn load(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

impl<T: Column> Column for Option<T> {
    fn store(&self) -> ToSqlOutput<'_> {
        self.as_ref().map_or(ToSqlOutput::Owned(Value::Null), Column::store)
    }

    fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => T::load(value).map(Some),
        }
    }
}

impl Column for Timestamp {
    fn store(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Integer(self.as_microsecond()))
    }

    fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_microsecond(value.as_i64()?).map_err(FromSqlError::other)
    }
}

macro_rules! ids {
    ($($id:ident)+) => { $(
        impl Column for $id {
            fn store(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::Owned(Value::Blob(self.uuid().as_bytes().to_vec()))
            }

            fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 16]>::column_result(value).map(|bytes| Self::from_uuid(Uuid::from_bytes(bytes)))
            }
        }
    )+ };
}

ids! { TenantId WorkflowId ExecutionId WorkerId UserId ApiKeyId ApprovalId SessionId OutboxId TimerId }

macro_rules! hashes {
    ($($hash:ident)+) => { $(
        impl Column for $hash {
            fn store(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::Borrowed(ValueRef::Blob(&self.0))
            }

            fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <[u8; 32]>::column_result(value).map(Self)
            }
        }
    )+ };
}

hashes! { DefinitionHash RequestHash }

macro_rules! words {
    ($($word:ident)+) => { $(
        impl Column for $word {
            fn store(&self) -> ToSqlOutput<'_> {
                ToSqlOutput::Borrowed(ValueRef::Text(self.as_str().as_bytes()))
            }

            fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }
    )+ };
}

words! { ExecutionStatus Priority Reason Trigger }

macro_rules! numbers {
    ($($number:ident($inner:ty))+) => { $(
        impl Column for $number {
            fn store(&self) -> ToSqlOutput<'_> {
                // A sequence number beyond 2^63 cannot be reached by counting.
                ToSqlOutput::Owned(Value::Integer(i64::try_from(self.0).unwrap_or(i64::MAX)))
            }

            fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
                <$inner>::column_result(value).map(Self)
            }
        }
    )+ };
}

numbers! { Epoch(i64) VersionNumber(i32) Shard(u16) }

impl Column for LimitChanges {
    fn store(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Text(self.to_json()))
    }

    fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_json(value.as_str()?).map_err(FromSqlError::other)
    }
}

impl Column for Seq {
    fn store(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Integer(i64::try_from(self.0).unwrap_or(i64::MAX)))
    }

    fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number).map(Self).map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A list of words, stored as a JSON array.
impl Column for Vec<String> {
    fn store(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Owned(Value::Text(serde_json::Value::from(self.as_slice()).to_string()))
    }

    fn load(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_slice(value.as_bytes()?).map_err(FromSqlError::other)
    }
}
