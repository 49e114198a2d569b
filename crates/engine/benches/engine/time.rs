#![expect(clippy::disallowed_methods, reason = "what is measured is real time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(300);

/// Nanoseconds of processor time that one call takes: the median of several rounds, after one that does not count.
pub(crate) fn nanoseconds<T>(work: impl Fn() -> T) -> f64 {
    let began = Instant::now();
    let mut warm_up = 0_u32;
    while warm_up == 0 || began.elapsed() < ROUND {
        black_box(work());
        warm_up += 1;
    }
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = processor_time();
            for _ in 0..warm_up {
                black_box(work());
            }
            (processor_time() - began).as_nanos() as f64 / f64::from(warm_up)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// How long this thread has had a processor; where the system does not tell, the time on the clock.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let on_processor = text.as_deref().and_then(|text| text.split_whitespace().next()).and_then(|text| text.parse().ok());
    on_processor.map_or_else(time_on_the_clock, Duration::from_nanos)
}

fn time_on_the_clock() -> Duration {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

/// A whole number in groups of three digits; small ones with a digit behind the point.
pub(crate) fn grouped(number: f64) -> String {
    if number < 100.0 && number.fract() != 0.0 {
        return format!("{number:.1}");
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
