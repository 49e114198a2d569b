use std::cmp::Ordering;

use thaiyyal_model::{List, Str, Value};

use crate::error::Fault;
use crate::evaluate::{Evaluator, to_number};

/// The elements in ascending order, equal ones in the order they came.
pub(super) fn sorted(eval: &mut Evaluator<'_>, list: &List) -> Result<Vec<Value>, Fault> {
    let size = Value::List(list.clone()).size_bytes();
    let rounds = u64::from(list.len().max(2).ilog2());
    eval.spend_bytes(size.saturating_mul(rounds))?;
    let numbers: Vec<Option<f64>> = list.iter().map(to_number).collect();
    if let Some(numbers) = numbers.iter().copied().collect::<Option<Vec<f64>>>() {
        let mut entries: Vec<(f64, &Value)> = numbers.into_iter().zip(list).collect();
        entries.sort_by(|(a, _), (b, _)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        return Ok(entries.into_iter().map(|(_, value)| value.clone()).collect());
    }
    let mixed = numbers.iter().any(Option::is_some);
    let mut entries: Vec<Entry> = list.iter().zip(numbers).map(|(value, number)| Entry { value, number, text: value.text() }).collect();
    if mixed {
        entries = merge_sorted(entries);
    } else {
        entries.sort_by(|a, b| a.text.cmp(&b.text));
    }
    Ok(entries.into_iter().map(|entry| entry.value.clone()).collect())
}

/// An element with what it is compared by.
#[derive(Clone)]
struct Entry<'l> {
    value: &'l Value,
    number: Option<f64>,
    text: Str,
}

impl Entry<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            _ => self.text.cmp(&other.text),
        }
    }
}

/// Stable. Numbers among texts have no consistent order ("10" < "1a" < "9", but 9 < 10), which the sort of the standard library may answer
/// with a panic; this one gives some permutation, always the same.
fn merge_sorted(mut entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let mut width = 1;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        for run in entries.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, &mut merged);
        }
        entries = merged;
        width *= 2;
    }
    entries
}

fn merge<'l>(mut left: &[Entry<'l>], mut right: &[Entry<'l>], into: &mut Vec<Entry<'l>>) {
    while let ([a, rest_of_left @ ..], [b, rest_of_right @ ..]) = (left, right) {
        if a.compare(b).is_le() {
            into.push(a.clone());
            left = rest_of_left;
        } else {
            into.push(b.clone());
            right = rest_of_right;
        }
    }
    into.extend_from_slice(left);
    into.extend_from_slice(right);
}
