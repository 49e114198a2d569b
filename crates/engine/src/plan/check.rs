//! What a definition's author should know although it runs.

use thaiyyal_model::{Definition, Problem};

use super::Lists;
use crate::node::Uses;

/// How many edges may be followed in all; what is not found out by then is not warned about.
const MOST_STEPS: usize = 1_000_000;

/// Warns about expressions that read the result of a node which is no ancestor: later ones never have a result, others need not have one
/// on every path.
pub(super) fn references(definition: &Definition, order: &[u32], edges: &[(u32, u32)], uses: &[Uses], warnings: &mut Vec<Problem>) {
    if uses.iter().all(|uses| uses.references.nodes.is_empty()) {
        return;
    }
    let sources = Lists::new(order.len(), edges.iter().map(|(source, target)| (*target, *source)));
    let id = |slot: u32| &definition.nodes[order[slot as usize] as usize].id;
    let mut steps = 0;
    for ((slot, uses), node) in (0_u32..).zip(uses).zip(order) {
        let mut wanted: Vec<u32> = uses.references.nodes.iter().map(|node| node.0).collect();
        let mut seen = Vec::new();
        if !wanted.is_empty() && steps < MOST_STEPS {
            seen = vec![false; order.len()];
            let mut next = vec![slot];
            while let Some(target) = next.pop() {
                for &source in sources.of(target) {
                    steps += 1;
                    if !std::mem::replace(&mut seen[source as usize], true) {
                        next.push(source);
                    }
                }
            }
        } else {
            wanted.clear();
        }
        for other in wanted.into_iter().filter(|other| !seen[*other as usize]) {
            let (own, other_id) = (id(slot), id(other));
            let why = if other < slot { "it may have been skipped" } else { "it has no result yet" };
            let detail = format!("node `{own}` reads the result of `{other_id}`, to which it is not connected: {why} when `{own}` runs");
            warnings.push(Problem::warning("not_an_ancestor", format!("/nodes/{node}/data"), detail).at_node(own.clone()));
        }
    }
}
