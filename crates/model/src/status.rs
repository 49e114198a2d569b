use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word used in JSON, SQL and the UI.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { kind: stringify!($name), word: word.to_owned() }),
                }
            }
        }
    };
}

/// A word that is not one of a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {kind}")]
pub struct UnknownWord {
    kind: &'static str,
    word: String,
}

words! {
    /// Where an execution stands. The last four never change again.
    ExecutionStatus {
        /// Accepted; no worker holds it.
        Queued = "queued",
        /// A worker holds a lease on it.
        Running = "running",
        /// It holds no worker; a timer, signal or approval will queue it again.
        Waiting = "waiting",
        /// It ended with an output.
        Succeeded = "succeeded",
        /// It ended with an error that has a code.
        Failed = "failed",
        /// Someone stopped it.
        Cancelled = "cancelled",
        /// Its deadline passed.
        TimedOut = "timed_out",
    }
}

impl ExecutionStatus {
    /// Whether the execution has ended; such a status never changes again.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Waiting => false,
            Self::Succeeded | Self::Failed | Self::Cancelled | Self::TimedOut => true,
        }
    }
}

words! {
    /// Where a step stands.
    StepStatus {
        /// Its effect was handed out.
        Running = "running",
        /// It waits for a time, signal or approval.
        Waiting = "waiting",
        /// It produced its output.
        Succeeded = "succeeded",
        /// It ended with an error.
        Failed = "failed",
        /// No edge into it fired.
        Skipped = "skipped",
        /// The execution ended while its effect was under way.
        Cancelled = "cancelled",
    }
}

words! {
    /// What started an execution.
    Trigger {
        /// A person in the web UI.
        Manual = "manual",
        /// A program over the API.
        Api = "api",
        /// A call to a webhook address.
        Webhook = "webhook",
        /// A schedule.
        Schedule = "schedule",
        /// The failure of another execution.
        Error = "error",
        /// A node of another execution.
        Parent = "parent",
    }
}

words! {
    /// Which executions go first when workers are short. Each class has queues of its own.
    Priority {
        /// Before the others.
        High = "high",
        /// The default.
        Normal = "normal",
        /// When nothing else waits; ages, so it is never starved.
        Low = "low",
    }
}

words! {
    /// Why an execution is not moving.
    Reason {
        /// It waits for its time.
        Timer = "timer",
        /// It waits for the time between two attempts.
        BackOff = "back_off",
        /// It waits for a person's decision.
        Approval = "approval",
        /// It waits for a signal or callback.
        Signal = "signal",
        /// It waits for the end of an execution that it started.
        Child = "child",
        /// A concurrency limit is reached.
        Concurrency = "concurrency",
        /// A rate limit is reached.
        RateLimit = "rate_limit",
        /// No worker has taken it yet.
        NoWorker = "no_worker",
        /// Its workflow is paused.
        Paused = "paused",
    }
}
