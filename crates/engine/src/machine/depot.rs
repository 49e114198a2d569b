//! What an execution has in the object store, and what is on its way there and back.

use bytes::Bytes;
use thaiyyal_model::{Failure, Limits, Object, ObjectHash, Value};

use crate::fault::Fault;

/// Objects that a machine wants stored, or needs to go on. See [`Progress::Objects`](super::Progress::Objects).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// To be stored first.
    pub put: Vec<Object>,
    /// To be read, and given to [`Machine::supply`](super::Machine::supply).
    pub get: Option<ObjectHash>,
}

#[derive(Default)]
pub(crate) struct Depot {
    /// Bytes of all that the execution ever put there.
    stored: u64,
    outgoing: Vec<Object>,
    wanted: Option<ObjectHash>,
    arrived: Option<Result<Bytes, Failure>>,
}

/// What a node that waits for an object gets.
pub(super) enum Arrival {
    /// It waits for none.
    Unasked,
    /// It is not there yet.
    Pending,
    Here(Result<Bytes, Failure>),
}

impl Depot {
    /// Stores something in the object store: it is there before anything in the journal names it.
    pub(crate) fn keep(&mut self, content: Vec<u8>, limits: &Limits) -> Result<ObjectHash, Fault> {
        self.count(content.len() as u64, limits)?;
        let object = Object::of(content);
        let hash = object.hash;
        self.outgoing.push(object);
        Ok(hash)
    }

    /// Counts bytes that the execution put into the object store.
    pub(super) fn count(&mut self, bytes: u64, limits: &Limits) -> Result<(), Fault> {
        let stored = self.stored.saturating_add(bytes);
        if stored > limits.max_stored_bytes {
            let most = limits.max_stored_bytes;
            let message = format!("an execution may keep {most} bytes in the object store, and this would make it {stored}");
            return Err(Fault::limit("too_many_stored_bytes", "max_stored_bytes", most, message));
        }
        self.stored = stored;
        Ok(())
    }

    /// Counts what comes in with `value` that is in none of `inputs`.
    pub(super) fn count_new(&mut self, value: &Value, inputs: &[Value], limits: &Limits) -> Result<(), Fault> {
        if !value.has_large() {
            return Ok(());
        }
        let known: Vec<_> = inputs.iter().flat_map(Value::larges).map(|(_, large)| large).collect();
        let new = value.larges().into_iter().filter(|(_, large)| !known.contains(large));
        new.into_iter().try_for_each(|(_, large)| self.count(large.bytes(), limits))
    }

    /// How many bytes may still be put there.
    pub(super) fn room(&self, limits: &Limits) -> u64 {
        limits.max_stored_bytes.saturating_sub(self.stored)
    }

    pub(super) fn want(&mut self, hash: ObjectHash) {
        (self.wanted, self.arrived) = (Some(hash), None);
    }

    pub(super) fn supply(&mut self, content: Result<Bytes, Failure>) {
        if self.wanted.is_some() {
            self.arrived = Some(content);
        }
    }

    #[inline]
    pub(super) fn arrival(&mut self) -> Arrival {
        if self.wanted.is_none() {
            return Arrival::Unasked;
        }
        match self.arrived.take() {
            None => Arrival::Pending,
            Some(content) => {
                self.wanted = None;
                Arrival::Here(content)
            }
        }
    }

    /// What the world should do before anything else.
    pub(super) fn traffic(&mut self) -> Option<Traffic> {
        let get = self.wanted.filter(|_| self.arrived.is_none());
        if self.outgoing.is_empty() && get.is_none() {
            return None;
        }
        Some(Traffic { put: std::mem::take(&mut self.outgoing), get })
    }
}
