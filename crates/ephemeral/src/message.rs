use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, TenantId};
use uuid::Uuid;

use crate::Live;

/// The layout; a message of another version is not understood, which is a gap.
const VERSION: u8 = 1;
const PROGRESS: u8 = 1;
const STATUS: u8 = 2;
const CANCEL: u8 = 3;
const SIGNALLED: u8 = 4;

/// Which process sent a message; it has told its own subscribers already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) u64);

/// Many hints as one message: version, origin, then per hint its kind, tenant, execution and what belongs to the kind.
pub(crate) fn encode(origin: Origin, hints: &[Live]) -> Vec<u8> {
    let mut message = Vec::with_capacity(9 + 41 * hints.len());
    message.push(VERSION);
    message.extend_from_slice(&origin.0.to_be_bytes());
    for hint in hints {
        let (kind, tenant, execution) = match hint {
            Live::Progress { tenant, execution, .. } => (PROGRESS, tenant, execution),
            Live::Status { tenant, execution, .. } => (STATUS, tenant, execution),
            Live::Cancel { tenant, execution } => (CANCEL, tenant, execution),
            Live::Signalled { tenant, execution } => (SIGNALLED, tenant, execution),
        };
        message.push(kind);
        message.extend_from_slice(tenant.uuid().as_bytes());
        message.extend_from_slice(execution.uuid().as_bytes());
        match hint {
            Live::Progress { seq, .. } => message.extend_from_slice(&seq.0.to_be_bytes()),
            Live::Status { status, .. } => message.push(status_byte(*status)),
            Live::Cancel { .. } | Live::Signalled { .. } => {}
        }
    }
    message
}

/// Reads a message back; `None` when it is not understood.
pub(crate) fn decode(message: &[u8]) -> Option<(Origin, Vec<Live>)> {
    let mut reader = Reader(message);
    if reader.take() != Some([VERSION]) {
        return None;
    }
    let origin = Origin(u64::from_be_bytes(reader.take()?));
    let mut hints = Vec::with_capacity(reader.0.len() / 33);
    while !reader.0.is_empty() {
        hints.push(reader.hint()?);
    }
    Some((origin, hints))
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn hint(&mut self) -> Option<Live> {
        let [kind] = self.take()?;
        let tenant = TenantId::from_uuid(Uuid::from_bytes(self.take()?));
        let execution = ExecutionId::from_uuid(Uuid::from_bytes(self.take()?));
        Some(match kind {
            PROGRESS => Live::Progress { tenant, execution, seq: Seq(u64::from_be_bytes(self.take()?)) },
            STATUS => Live::Status { tenant, execution, status: status_of(self.take::<1>()?[0])? },
            CANCEL => Live::Cancel { tenant, execution },
            SIGNALLED => Live::Signalled { tenant, execution },
            _ => return None,
        })
    }
}

const fn status_byte(status: ExecutionStatus) -> u8 {
    match status {
        ExecutionStatus::Queued => 0,
        ExecutionStatus::Running => 1,
        ExecutionStatus::Waiting => 2,
        ExecutionStatus::Succeeded => 3,
        ExecutionStatus::Failed => 4,
        ExecutionStatus::Cancelled => 5,
        ExecutionStatus::TimedOut => 6,
    }
}

fn status_of(byte: u8) -> Option<ExecutionStatus> {
    ExecutionStatus::ALL.iter().copied().find(|status| status_byte(*status) == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints() -> Vec<Live> {
        let tenant = TenantId::from_uuid(Uuid::from_u128(7));
        let execution = ExecutionId::from_uuid(Uuid::from_u128(9));
        let mut hints = vec![
            Live::Progress { tenant, execution, seq: Seq(u64::MAX - 1) },
            Live::Cancel { tenant, execution },
            Live::Signalled { tenant, execution },
        ];
        hints.extend(ExecutionStatus::ALL.iter().map(|status| Live::Status { tenant, execution, status: *status }));
        hints
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(decode(&encode(Origin(5), &hints())), Some((Origin(5), hints())));
        assert_eq!(decode(&encode(Origin(5), &[])), Some((Origin(5), vec![])));
    }

    #[test]
    fn anything_else_is_not_understood() {
        let good = encode(Origin(5), &hints()[..1]);
        for end in 0..good.len() {
            assert!(end == 9 || decode(&good[..end]).is_none(), "cut at {end}");
        }
        let mut newer = good.clone();
        newer[0] = 2;
        assert_eq!(decode(&newer), None);
        let mut unknown = good;
        unknown[9] = 200;
        assert_eq!(decode(&unknown), None);
    }
}
