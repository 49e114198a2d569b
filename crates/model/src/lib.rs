//! The words of the product as types: ids, values, definitions, statuses, node descriptions, journal records, errors that users see.
//!
//! Owns: what these things are, how they read and print. Must not know: storage, queues, HTTP, how an expression or a node is run.

mod chain;
mod clock;
mod definition;
mod failure;
mod hint;
mod ids;
pub mod journal;
mod limits;
mod node_type;
mod object;
mod problem;
mod scope;
mod status;
mod value;

pub use chain::Chain;
pub use clock::{Clock, MockClock, SystemClock};
pub use definition::{Definition, Edge, Node};
pub use failure::Failure;
pub use hint::{Hint, SHARDS, Shard};
pub use ids::{
    ApiKeyId, ApprovalId, DefinitionHash, Epoch, ExecutionId, IdempotencyKey, OutboxId, RequestHash, Seq, SessionId, SignalSeq, TenantId,
    TimerId, UserId, VersionNumber, WorkerId, WorkflowId,
};
pub use journal::{Iteration, Record, RecordKind, StepId};
pub use limits::{LimitChanges, Limits, WrongLimit};
pub use node_type::{Category, NodeDescription, Port, PortRole, Ports, Purity};
pub use object::{NotAHash, Object, ObjectHash};
pub use problem::{Place, Problem, Severity};
pub use scope::TenantScope;
pub use status::{ExecutionStatus, Priority, Reason, StepStatus, Trigger};
pub use value::{Chunk, Form, JsonError, JsonErrorKind, Kept, Kind, Large, List, Map, Str, Value, short_number, write_number};

/// An instant in UTC; comes in as a value or from a [`Clock`], never from the system directly.
pub use jiff::Timestamp;
