use std::str::FromStr;

use thaiyyal_model::{DefinitionHash, LimitChanges, Timestamp};
use thaiyyal_store::{BoxError, Error, directory::Tier};
use tokio_postgres::{Row, types::FromSql};

use crate::at::At;

/// Reads columns of a row of `table` by position; whatever does not fit the model is [`Error::Corrupt`].
pub(crate) struct Columns<'a> {
    row: &'a Row,
    table: &'static str,
    next: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn of(table: &'static str, row: &'a Row) -> Self {
        Self { row, table, next: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: FromSql<'a>>(&mut self) -> Result<T, Error> {
        let column = self.next;
        self.next += 1;
        self.row.try_get(column).map_err(|error| self.corrupt(error.into()))
    }

    /// Passes over columns.
    pub(crate) fn skip(&mut self, count: usize) {
        self.next += count;
    }

    /// The next column, a word of a closed list.
    pub(crate) fn word<T: FromStr<Err: Into<BoxError>>>(&mut self) -> Result<T, Error> {
        let word: &str = self.next()?;
        word.parse().map_err(|error: T::Err| self.corrupt(error.into()))
    }

    /// The next column, a word of a closed list or null.
    pub(crate) fn word_or_null<T: FromStr<Err: Into<BoxError>>>(&mut self) -> Result<Option<T>, Error> {
        let word: Option<&str> = self.next()?;
        word.map(str::parse).transpose().map_err(|error: T::Err| self.corrupt(error.into()))
    }

    /// The next column, an instant.
    pub(crate) fn at(&mut self) -> Result<Timestamp, Error> {
        self.next::<At>().map(|at| at.0)
    }

    /// The next column, an instant or null.
    pub(crate) fn at_or_null(&mut self) -> Result<Option<Timestamp>, Error> {
        Ok(self.next::<Option<At>>()?.map(|at| at.0))
    }

    /// The next column, 32 bytes.
    pub(crate) fn digest(&mut self) -> Result<[u8; 32], Error> {
        let bytes: &[u8] = self.next()?;
        bytes.try_into().map_err(|error: std::array::TryFromSliceError| self.corrupt(error.into()))
    }

    /// The next column, the hash of a definition or null.
    pub(crate) fn hash_or_null(&mut self) -> Result<Option<DefinitionHash>, Error> {
        let bytes: Option<&[u8]> = self.next()?;
        let hash = bytes.map(<[u8; 32]>::try_from).transpose().map_err(|error| self.corrupt(error.into()))?;
        Ok(hash.map(DefinitionHash))
    }

    /// The next column, limits or null.
    pub(crate) fn limits(&mut self) -> Result<Option<LimitChanges>, Error> {
        let text: Option<&str> = self.next()?;
        text.map(LimitChanges::from_json).transpose().map_err(|error| self.corrupt(error.into()))
    }

    /// The next two columns, the name and the limits of a tier, or nulls.
    pub(crate) fn tier(&mut self) -> Result<Option<Tier>, Error> {
        let name: Option<String> = self.next()?;
        Ok(name.zip(self.limits()?).map(|(name, limits)| Tier { name, limits }))
    }

    fn corrupt(&self, source: BoxError) -> Error {
        let column = self.row.columns().get(self.next.saturating_sub(1)).map_or("?", tokio_postgres::Column::name);
        Error::Corrupt { table: self.table, row: format!("column {column}"), source }
    }
}
