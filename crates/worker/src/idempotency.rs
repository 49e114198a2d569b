use sha2::{Digest, Sha256};
use thaiyyal_model::{ExecutionId, StepId};

/// The name under which the world may recognise a repeated call: the same for every attempt of a step, different for everything else.
pub(crate) fn key(execution: ExecutionId, step: &StepId) -> String {
    let mut hash = Sha256::new();
    hash.update(b"thaiyyal step\0");
    hash.update(execution.uuid().as_bytes());
    hash.update((step.node_id.len() as u64).to_le_bytes());
    hash.update(step.node_id.as_bytes());
    for number in &step.iteration.0 {
        hash.update(number.to_le_bytes());
    }
    let digest = hash.finalize();
    let mut key = String::with_capacity(32);
    for byte in &digest[..16] {
        for digit in [byte >> 4, byte & 0xf] {
            key.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::{Iteration, SystemClock};

    use super::*;

    #[test]
    fn keys_differ_by_execution_node_and_iteration_only() {
        let (one, other) = (ExecutionId::mint(&SystemClock), ExecutionId::mint(&SystemClock));
        let step = |node: &str, iteration: &[u32]| StepId { node_id: node.into(), iteration: Iteration(iteration.to_vec()) };
        let keys = [
            key(one, &step("a", &[])),
            key(other, &step("a", &[])),
            key(one, &step("b", &[])),
            key(one, &step("a", &[0])),
            key(one, &step("a", &[0, 0])),
            key(one, &step("a", &[1])),
        ];
        for (index, first) in keys.iter().enumerate() {
            assert_eq!(first.len(), 32);
            assert!(keys[index + 1..].iter().all(|second| second != first));
        }
        assert_eq!(keys[0], key(one, &step("a", &[])));
    }
}
