use std::error::Error;

use thaiyyal_model::Timestamp;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, private::BytesMut, to_sql_checked};

/// An instant as the database keeps it: microseconds, cut off, not rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At(pub(crate) Timestamp);

/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const ORIGIN: i64 = 946_684_800_000_000;

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        (self.0.as_microsecond() - ORIGIN).to_sql(&Type::INT8, out)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let since = i64::from_sql(&Type::INT8, raw)?;
        let since = since.checked_add(ORIGIN).ok_or("the instant is too far away")?;
        Ok(Self(Timestamp::from_microsecond(since)?))
    }

    accepts!(TIMESTAMPTZ);
}
