//! Figures: percentiles, and what they were measured on.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

/// Percentiles of a set of durations, in milliseconds.
pub(crate) fn percentiles(mut samples: Vec<Duration>) -> Value {
    samples.sort_unstable();
    let at = |share: f64| {
        let index = ((samples.len() as f64 * share).ceil() as usize).clamp(1, samples.len().max(1)) - 1;
        samples.get(index).map(|sample| (sample.as_secs_f64() * 1e6).round() / 1e3)
    };
    json!({ "count": samples.len(), "p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "p999_ms": at(0.999), "max_ms": at(1.0) })
}

/// A rate, rounded to whole numbers.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    (count as f64 / elapsed.as_secs_f64()).round()
}

/// What this machine is, and what was built.
pub(crate) fn machine() -> Value {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    json!({
        "cpu": model,
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
        "memory_mib": memory.map(|kib| kib / 1024),
        "kernel": output("uname", &["-sr"]),
        "commit": output("git", &["rev-parse", "--short", "HEAD"]),
    })
}

fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Resident memory of a process, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Option<u64> {
    memory_mib(pid, "VmRSS:")
}

/// The most memory that was ever resident of a process, in MiB.
pub(crate) fn peak_mib(pid: u32) -> Option<u64> {
    memory_mib(pid, "VmHWM:")
}

fn memory_mib(pid: u32, what: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib: u64 = status.lines().find_map(|line| line.strip_prefix(what))?.trim().trim_end_matches(" kB").trim().parse().ok()?;
    Some(kib / 1024)
}

/// Processor time a process has used, user and system, in seconds.
pub(crate) fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// Where the time went: of each duration that a process has measured, how often and how long on average, in milliseconds; of each size,
/// how large on average. From the text of its `/metrics`.
pub(crate) fn stages(metrics: &str) -> Value {
    let mut stages = serde_json::Map::new();
    let value_of = |line: &str| line.rsplit_once(' ').and_then(|(_, value)| value.parse::<f64>().ok());
    for line in metrics.lines() {
        let Some((name, labels)) = line.split_once("_count").filter(|_| line.starts_with("thaiyyal_")) else { continue };
        let labels = labels.rsplit_once(' ').map_or("", |(labels, _)| labels);
        let sum = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name}_sum{labels}")).and_then(value_of));
        let (Some(count), Some(sum)) = (value_of(line).filter(|count| *count > 0.0), sum) else { continue };
        let (unit, mean) = if name.ends_with("_seconds") { ("mean_ms", sum / count * 1e3) } else { ("mean", sum / count) };
        stages.insert(format!("{name}{labels}"), json!({ "count": count, unit: (mean * 1e3).round() / 1e3 }));
    }
    Value::Object(stages)
}
