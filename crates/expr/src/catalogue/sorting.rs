use std::cmp::Ordering;

use thaiyyal_model::{List, Str, Value};

use crate::error::Fault;
use crate::evaluate::{Evaluator, to_number};

/// The elements in ascending order, equal ones in the order they came.
pub(super) fn sorted(eval: &mut Evaluator<'_>, list: &List) -> Result<Vec<Value>, Fault> {
    Ok(order(eval, list, false)?.into_iter().map(|at| list[at].clone()).collect())
}

/// The positions of the elements in ascending or descending order; those of equal ones ascend.
pub(super) fn order(eval: &mut Evaluator<'_>, list: &List, descending: bool) -> Result<Vec<usize>, Fault> {
    eval.spend_sorting(list.len(), Value::List(list.clone()).size_bytes())?;
    let directed = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
    let numbers: Vec<Option<f64>> = list.iter().map(to_number).collect();
    if let Some(numbers) = numbers.iter().copied().collect::<Option<Vec<f64>>>() {
        let mut entries: Vec<(f64, usize)> = numbers.into_iter().zip(0..).collect();
        entries.sort_by(|(a, _), (b, _)| directed(a.partial_cmp(b).unwrap_or(Ordering::Equal)));
        return Ok(entries.into_iter().map(|(_, at)| at).collect());
    }
    let mixed = numbers.iter().any(Option::is_some);
    let entry = |(at, (value, number)): (usize, (&Value, Option<f64>))| Entry { at, number, text: value.text() };
    let mut entries: Vec<Entry> = (0..).zip(list.iter().zip(numbers)).map(entry).collect();
    if mixed {
        entries = merge_sorted(entries, directed);
    } else {
        entries.sort_by(|a, b| directed(a.text.cmp(&b.text)));
    }
    Ok(entries.into_iter().map(|entry| entry.at).collect())
}

/// An element with what it is compared by.
#[derive(Clone)]
struct Entry {
    at: usize,
    number: Option<f64>,
    text: Str,
}

impl Entry {
    fn compare(&self, other: &Self) -> Ordering {
        match (self.number, other.number) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            _ => self.text.cmp(&other.text),
        }
    }
}

/// Stable. Numbers among texts have no consistent order ("10" < "1a" < "9", but 9 < 10), which the sort of the standard library may answer
/// with a panic; this one gives some permutation, always the same.
fn merge_sorted(mut entries: Vec<Entry>, directed: impl Fn(Ordering) -> Ordering + Copy) -> Vec<Entry> {
    let mut width = 1;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        for run in entries.chunks(width * 2) {
            let (left, right) = run.split_at(width.min(run.len()));
            merge(left, right, &mut merged, directed);
        }
        entries = merged;
        width *= 2;
    }
    entries
}

fn merge(mut left: &[Entry], mut right: &[Entry], into: &mut Vec<Entry>, directed: impl Fn(Ordering) -> Ordering) {
    while let ([a, rest_of_left @ ..], [b, rest_of_right @ ..]) = (left, right) {
        if directed(a.compare(b)).is_le() {
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
