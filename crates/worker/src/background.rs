use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

/// Threads for long computations, which the operating system lets run when no others want to: so heartbeats, claims and short executions
/// go first, however much is computed.
pub(crate) struct Background {
    runtime: Option<Runtime>,
}

/// How far behind others these threads stand, as `nice` counts.
#[cfg(target_os = "linux")]
const BEHIND: i32 = 19;

impl Background {
    pub(crate) fn new() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("background")
            .enable_all()
            .on_thread_start(stand_behind)
            .build()
            .expect("the operating system gives us threads");
        Self { runtime: Some(runtime) }
    }

    /// For starting tasks there, for as long as this lives.
    pub(crate) fn handle(&self) -> Handle {
        self.runtime.as_ref().expect("it goes with its owner only").handle().clone()
    }
}

/// What still runs there stops at its next wait.
impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Linux has a priority for each thread. Where that is refused, or not so, all threads are equal.
fn stand_behind() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), BEHIND) {
        tracing::debug!(error = &error as &dyn std::error::Error, "Long computations run beside others, not behind them");
    }
}
