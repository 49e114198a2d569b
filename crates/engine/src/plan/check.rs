//! What a definition's author should know although it runs: expressions that read what cannot be there.

use std::collections::{BTreeSet, HashMap};

use thaiyyal_expr::{NodeIndex, Source};
use thaiyyal_model::{Definition, Problem, Str};

use super::Lists;
use crate::machine::EXECUTION_MEMBERS;
use crate::node::Uses;
use crate::settings::Seen;
use crate::state::Parts;
use crate::suggest::did_you_mean;

/// How many edges may be followed in all; what is not found out by then is not warned about.
const MOST_STEPS: usize = 1_000_000;
/// More warnings help nobody.
const MOST_WARNINGS: usize = 200;

/// Names that constructs bind inside of themselves.
const BOUND: [&str; 4] = ["error", "index", "item", "items"];

/// What is known of a definition once all its nodes are compiled.
pub(super) struct Checker<'a> {
    pub(super) definition: &'a Definition,
    pub(super) order: &'a [u32],
    pub(super) slots: &'a [u32],
    /// Between slots.
    pub(super) edges: &'a [(u32, u32)],
    /// By slot.
    pub(super) uses: &'a [Uses],
    /// What members the results of the node in a slot can have.
    pub(super) members: &'a dyn Fn(u32) -> Option<&'static [&'static str]>,
}

impl Checker<'_> {
    /// Warns about what expressions read that is not there.
    pub(super) fn check(&self, reads: &[Seen], warnings: &mut Vec<Problem>) {
        if reads.is_empty() {
            return;
        }
        let variables = self.names(Parts::VARIABLES);
        let context = self.names(Parts::CONTEXT);
        let mut ancestors = Ancestors::new(self.order.len(), self.edges);
        let mut told = BTreeSet::new();
        let most = warnings.len() + MOST_WARNINGS;
        for seen in reads {
            if warnings.len() >= most {
                return;
            }
            let member = seen.read.member.as_deref();
            match &seen.read.what {
                Source::Node(NodeIndex(other)) => {
                    let slot = self.slots[seen.node];
                    if !ancestors.has(slot, *other) && told.insert((slot, *other)) {
                        warnings.push(self.not_an_ancestor(seen, slot, *other));
                    }
                    if let (Some(member), Some(members)) = (member, (self.members)(*other)) {
                        warnings.extend(unknown_member(self, seen, &format!("the result of `{}`", self.id(*other)), member, members));
                    }
                }
                Source::Execution => {
                    let unknown = member.and_then(|member| unknown_member(self, seen, "`execution`", member, EXECUTION_MEMBERS));
                    warnings.extend(unknown);
                }
                Source::Variable(name) => warnings.extend(self.unknown_name(seen, "sets the variable", name, variables.as_ref())),
                Source::Context(name) => warnings.extend(self.unknown_name(seen, "sets the context value", name, context.as_ref())),
            }
        }
    }

    /// The names that nodes write in a part of the state; `None` when a node tells them only when it runs.
    fn names(&self, part: Parts) -> Option<BTreeSet<&str>> {
        let writers = || self.uses.iter().filter(|uses| uses.writes.positions().any(|at| part.positions().any(|own| own == at)));
        writers().all(|uses| !uses.sets.is_empty()).then(|| writers().flat_map(|uses| &uses.sets).map(Str::as_str).collect())
    }

    fn not_an_ancestor(&self, seen: &Seen, slot: u32, other: u32) -> Problem {
        let (own, other_id) = (self.id(slot), self.id(other));
        let why = if other < slot { "it may have been skipped" } else { "it has no result yet" };
        let detail = format!("node `{own}` reads the result of `{other_id}`, to which it is not connected: {why} when `{own}` runs");
        self.warning(seen, "not_an_ancestor", &detail)
    }

    fn unknown_name(&self, seen: &Seen, verb: &str, name: &str, known: Option<&BTreeSet<&str>>) -> Option<Problem> {
        let known = known?;
        if known.contains(name) || BOUND.contains(&name) {
            return None;
        }
        let detail = format!("no node {verb} `{name}`{}", did_you_mean(name, known.iter().copied()));
        Some(self.warning(seen, "expression_unknown_name", &detail))
    }

    fn warning(&self, seen: &Seen, code: &'static str, detail: &str) -> Problem {
        let place = seen.read.place;
        let detail = format!("{detail} (line {}, column {})", place.line, place.column);
        let node_id = self.definition.nodes[seen.node].id.clone();
        Problem::warning(code, seen.pointer.clone(), detail).at_node(node_id).at_place(place)
    }

    fn id(&self, slot: u32) -> &Str {
        &self.definition.nodes[self.order[slot as usize] as usize].id
    }
}

fn unknown_member(checker: &Checker<'_>, seen: &Seen, of: &str, member: &str, known: &[&str]) -> Option<Problem> {
    if known.contains(&member) {
        return None;
    }
    let meant = did_you_mean(member, known.iter().copied());
    Some(checker.warning(seen, "expression_unknown_member", &format!("{of} has no member `{member}`{meant}")))
}

/// Which nodes come before which, found out when asked.
struct Ancestors {
    sources: Lists,
    found: HashMap<u32, Vec<bool>>,
    steps: usize,
    slots: usize,
}

impl Ancestors {
    fn new(slots: usize, edges: &[(u32, u32)]) -> Self {
        let sources = Lists::new(slots, edges.iter().map(|(source, target)| (*target, *source)));
        Self { sources, found: HashMap::new(), steps: 0, slots }
    }

    /// True also when there are too many edges to find out.
    fn has(&mut self, slot: u32, other: u32) -> bool {
        if let Some(found) = self.found.get(&slot) {
            return found[other as usize];
        }
        if self.steps >= MOST_STEPS {
            return true;
        }
        let mut found = vec![false; self.slots];
        self.steps += self.slots;
        let mut next = vec![slot];
        while let Some(target) = next.pop() {
            for &source in self.sources.of(target) {
                self.steps += 1;
                if !std::mem::replace(&mut found[source as usize], true) {
                    next.push(source);
                }
            }
        }
        // Reads come node by node, so the last one is enough.
        self.found.clear();
        self.found.entry(slot).or_insert(found)[other as usize]
    }
}
