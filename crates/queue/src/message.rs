use thaiyyal_model::{ExecutionId, Hint, Priority, Shard};
use uuid::Uuid;

/// The layout of the body; a consumer parks what it does not know, so a new layout is first read everywhere and only then written.
const VERSION: u8 = 1;
const HEADER: usize = 4;
const ID: usize = 16;

/// The body of a message: version, priority, shard (big endian), then 16 bytes per execution. The outbox row stays behind: only the
/// publisher needs it.
pub(crate) fn encode(hint: &Hint) -> Vec<u8> {
    let mut body = Vec::with_capacity(HEADER + ID * hint.executions.len());
    body.push(VERSION);
    body.push(priority_byte(hint.priority));
    body.extend_from_slice(&hint.shard.0.to_be_bytes());
    for execution in &hint.executions {
        body.extend_from_slice(execution.uuid().as_bytes());
    }
    body
}

/// Reads a body back; the outbox row is `None`.
pub(crate) fn decode(body: &[u8]) -> Result<Hint, Undecodable> {
    let (&version, rest) = body.split_first().ok_or(Undecodable::Truncated { bytes: 0 })?;
    if version != VERSION {
        return Err(Undecodable::Version(version));
    }
    let truncated = Undecodable::Truncated { bytes: body.len() };
    let (&[priority, high, low], ids) = rest.split_first_chunk::<3>().ok_or(truncated)?;
    let (ids, remainder) = ids.as_chunks::<ID>();
    if !remainder.is_empty() {
        return Err(Undecodable::Truncated { bytes: body.len() });
    }
    if !(1..=Hint::MAX_EXECUTIONS).contains(&ids.len()) {
        return Err(Undecodable::Count(ids.len()));
    }
    Ok(Hint {
        outbox: None,
        shard: Shard(u16::from_be_bytes([high, low])),
        priority: priority_of(priority).ok_or(Undecodable::Priority(priority))?,
        executions: ids.iter().map(|id| ExecutionId::from_uuid(Uuid::from_bytes(*id))).collect(),
    })
}

/// Why a message says nothing that we understand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Undecodable {
    #[error("unknown version {0}")]
    Version(u8),
    #[error("truncated at {bytes} bytes")]
    Truncated { bytes: usize },
    #[error("unknown priority {0}")]
    Priority(u8),
    #[error("{0} executions in one message")]
    Count(usize),
}

const fn priority_byte(priority: Priority) -> u8 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

const fn priority_of(byte: u8) -> Option<Priority> {
    match byte {
        0 => Some(Priority::High),
        1 => Some(Priority::Normal),
        2 => Some(Priority::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(executions: usize) -> Hint {
        let executions = (0..executions as u128).map(|n| ExecutionId::from_uuid(Uuid::from_u128(n))).collect();
        Hint { outbox: None, shard: Shard(515), priority: Priority::Low, executions }
    }

    #[test]
    fn what_is_written_reads_back() {
        for executions in [1, 2, Hint::MAX_EXECUTIONS] {
            assert_eq!(decode(&encode(&hint(executions))), Ok(hint(executions)));
        }
    }

    #[test]
    fn anything_else_is_refused_with_its_reason() {
        let good = encode(&hint(1));
        assert_eq!(decode(b""), Err(Undecodable::Truncated { bytes: 0 }));
        assert_eq!(decode(b"{\"v\":1}"), Err(Undecodable::Version(b'{')));
        assert_eq!(decode(&[99]), Err(Undecodable::Version(99)));
        assert_eq!(decode(&good[..3]), Err(Undecodable::Truncated { bytes: 3 }));
        assert_eq!(decode(&good[..good.len() - 1]), Err(Undecodable::Truncated { bytes: good.len() - 1 }));
        assert_eq!(decode(&good[..4]), Err(Undecodable::Count(0)));
        assert_eq!(decode(&encode(&hint(Hint::MAX_EXECUTIONS + 1))), Err(Undecodable::Count(65)));
        let mut urgent = good;
        urgent[1] = 7;
        assert_eq!(decode(&urgent), Err(Undecodable::Priority(7)));
    }
}
