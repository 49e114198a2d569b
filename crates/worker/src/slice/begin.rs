//! From a claim to a machine.

use std::sync::Arc;

use thaiyyal_engine::{Child, Machine, Outcome, Plan, Progress, Start, Stop};
use thaiyyal_model::{ExecutionStatus, Failure, Limits, Object, Record, Seq, TenantScope, Timestamp, Value, journal};
use thaiyyal_objects::Shelf;
use thaiyyal_store::dispatch::{Claimed, Finish, Segment};

use super::inbox::Mail;
use crate::{children::Starter, core::Core, held::Ticket, keeping::Keeping};

/// A machine under a lease. What runs to its end at once needs no more than this.
pub(crate) struct Begun {
    pub(crate) scope: TenantScope,
    pub(crate) ticket: Arc<Ticket>,
    pub(crate) machine: Machine,
    /// What came for it from outside.
    pub(crate) mail: Mail,
    /// What its children take over from it.
    pub(crate) starter: Starter,
    /// What must be in the object store before the next segment is written.
    pub(crate) objects: Vec<Object>,
    keeping: Option<Keeping>,
    deadline: Timestamp,
}

/// Makes the machine of a claimed execution: a new one, or one that goes on from its journal.
///
/// # Errors
/// What is stored cannot be read, or does not fit together: a fault of ours.
pub(crate) fn begin(core: &Core, claimed: Claimed, journal: Journal, ticket: Arc<Ticket>, plan: Arc<Plan>) -> Result<Begun, Failure> {
    let Claimed {
        scope,
        execution,
        workflow,
        version,
        trigger,
        parent,
        depth,
        priority,
        input,
        started_at,
        deadline,
        inbox,
        trace,
        limits,
        ..
    } = claimed;
    let Journal { records, limits: recorded } = journal;
    let limits = recorded.map_or_else(|| core.tiers.limits(limits), |recorded| core.tiers.recorded(recorded));
    let input = if input.is_empty() { Ok(Value::Null) } else { Value::from_json_lossless(&input) };
    let input = input.map_err(|error| internal("the stored input cannot be read", &error))?;
    let start = Start { execution, workflow, version, trigger, parent, depth: u32::from(depth), input, started_at };
    let mut machine = if records.is_empty() {
        Machine::start(plan, start, limits)
    } else {
        Machine::resume(plan, start, limits, records).map_err(|error| internal("the journal does not fit", &error))?
    };
    machine.call_back(scope.tenant(), core.callbacks.clone());
    let deadline = deadline.map_or(machine.deadline(), |deadline| deadline.min(machine.deadline()));
    let starter = Starter { scope, lease: ticket.lease, priority, depth, deadline, trace };
    let (objects, keeping) = (Vec::new(), core.keeping.clone());
    Ok(Begun { scope, ticket, machine, mail: Mail::new(inbox), starter, objects, keeping, deadline })
}

/// What was written of an execution before.
pub(crate) struct Journal {
    /// Some of their values may be in the object store.
    pub(crate) records: Vec<Record>,
    /// Under which it has run so far, and goes on.
    limits: Option<Limits>,
}

impl Journal {
    /// Reads the segments of an execution, from the first.
    ///
    /// # Errors
    /// When they cannot be read: a fault of ours.
    pub(crate) fn read(segments: &[Segment]) -> Result<Self, Failure> {
        let mut whole = Self { records: Vec::new(), limits: None };
        for segment in segments {
            let mut decoded = journal::decode(&segment.bytes).map_err(|error| internal("the journal cannot be read", &error))?;
            whole.records.append(&mut decoded.records);
            whole.limits = whole.limits.or(decoded.limits);
        }
        Ok(whole)
    }
}

fn internal(what: &str, error: &dyn std::error::Error) -> Failure {
    Failure::new("internal", format!("{what}: {error}"))
}

impl Begun {
    /// Lets the machine compute for a turn, after telling it of a cancel or a deadline.
    pub(crate) fn advance(&mut self, core: &Core) -> Progress {
        let now = core.clock.now();
        if self.ticket.is_cancelled() {
            self.machine.stop(Stop::Cancel, now);
        } else if now >= self.deadline {
            self.machine.stop(Stop::TimedOut, now);
        }
        self.machine.advance(now)
    }

    /// Whether the next turn will be the last.
    pub(crate) fn must_stop(&self, core: &Core) -> bool {
        self.ticket.is_cancelled() || core.clock.now() >= self.deadline
    }

    /// Whether nothing forbids that it rests.
    pub(crate) fn may_pause(&self, core: &Core) -> bool {
        !self.must_stop(core)
    }

    /// When the execution is given up.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// The objects of the execution, when there is a store.
    pub(crate) fn shelf(&self) -> Option<Shelf> {
        Some(self.keeping.as_ref()?.shelf(&self.scope, self.ticket.lease.execution))
    }

    /// The records that are not in the journal yet. What they name must be stored first: see `objects`.
    pub(crate) fn segment(&mut self) -> Option<Segment> {
        let limits = Arc::clone(self.machine.limits());
        self.segment_with(Some(&limits))
    }

    /// The same; the first segment tells the limits, for whoever has to go on from it.
    fn segment_with(&mut self, limits: Option<&Limits>) -> Option<Segment> {
        let mut records = self.machine.take_records();
        if let Some(keeping) = &self.keeping {
            keeping.shorten_all(&mut records, &mut self.objects);
        }
        let (first, last) = (records.first()?.seq, records.last()?.seq);
        self.mail.note(&records);
        let limits = limits.filter(|_| first == Seq(1));
        Some(Segment { first, last, bytes: journal::encode(&records, limits) })
    }

    fn output(&mut self, mut output: Value) -> Vec<u8> {
        // What is handed to another execution must not name objects of this one.
        if let Some(keeping) = self.keeping.as_ref().filter(|_| !self.ticket.is_child) {
            self.objects.extend(keeping.shorten(&mut output));
        }
        journal::encode_value(&output)
    }

    /// The last write of the execution. What it names must be stored first: see `objects`.
    pub(crate) fn finish(&mut self, outcome: Outcome, now: Timestamp) -> Finish {
        let outcome = if self.ticket.is_child { Child::handed_over(outcome) } else { outcome };
        Finish {
            lease: self.ticket.lease,
            status: outcome.status,
            output: (outcome.status == ExecutionStatus::Succeeded).then(|| self.output(outcome.output)),
            error: outcome.error.as_ref().map(super::give_back::error_json),
            finished_at: now,
            // Nobody goes on from here.
            segment: self.segment_with(None),
        }
    }
}
