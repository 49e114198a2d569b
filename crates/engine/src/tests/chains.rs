//! What one array node gives, every other one takes.

use thaiyyal_model::{Category, Limits, Value};

use super::world::{catalog, told};
use crate::{ARRAY_MEMBERS, Answer};

/// Nodes that give an array, behind a list of lists, and the member in which it is.
const GIVERS: &[(&str, &str)] = &[
    ("g: range {\"start\": 1, \"end\": 4}", "range"),
    ("g: filter item[0] > 1", "filtered"),
    ("g: map [item[1], item[0]]", "results"),
    ("g: partition item[0] > 1", "passed"),
    ("g: flat_map {}", "flattened"),
    ("g: sort {\"order\": \"desc\"}", "sorted"),
    ("g: unique {}", "unique"),
    ("g: slice {\"start\": 1}", "sliced"),
    ("g: chunk {\"size\": 2}", "chunks"),
    ("g: reverse {}", "reversed"),
    ("g: compact {}", "compacted"),
    ("g: transpose {}", "transposed"),
    ("g: zip {\"arrays\": [[1, 2, 3]]}", "zipped"),
    ("g: sample {\"count\": 2, \"method\": \"last\"}", "sample"),
    ("g: for_each {}\ninside: expression [item[0], index]\ng -body-> inside", "results"),
    ("g: parallel {}", "results"),
    ("g: join {}", "values"),
];

/// Nodes that take one.
const TAKERS: &[&str] = &[
    "t: filter index > 0",
    "t: map [item]",
    "t: reduce accumulator + index",
    "t: find index == 1",
    "t: partition index > 0",
    "t: flat_map {\"expression\": \"[item, index]\"}",
    "t: sort {}",
    "t: group_by {\"field\": \"x\"}",
    "t: unique {}",
    "t: slice {\"end\": 1}",
    "t: chunk {\"size\": 1}",
    "t: reverse {}",
    "t: compact {}",
    "t: transpose {}",
    "t: zip {\"arrays\": [[true]]}",
    "t: sample {\"count\": 1, \"method\": \"first\"}",
    "t: for_each {}\nbody: expression [index, item]\nt -body-> body",
    "t: merge {\"mode\": \"append\"}",
    "t: transform {\"transform_type\": \"flatten\"}",
];

/// What the node `t` gives.
fn given(graph: &str) -> String {
    let told = told(graph, Limits::default(), |_| Answer::Done(Value::Null));
    let line = told.lines().find_map(|line| line.split_once(" t = "));
    line.map_or_else(|| panic!("{graph}: {told}"), |(_, value)| value.to_owned())
}

#[test]
fn every_array_node_takes_what_every_other_one_gives() {
    for (giver, member) in GIVERS {
        let source = format!("in = \"[[3, 1], [2, 5], [3, 1]]\"\np: parse JSON\n{giver}\nin -> p -> g");
        let direct = |taker: &str| format!("{source}\n{taker}\ng -done-> t");
        let done = |graph: String| if giver.contains("for_each") { graph } else { graph.replace("-done->", "->") };
        for taker in TAKERS {
            let behind = given(&done(direct(taker)));
            let unwrapped = format!("{source}\nu: expression input.{member}\n{taker}\ng -done-> u\nu -> t");
            assert_eq!(behind, given(&done(unwrapped)), "{taker} behind {giver}");
            assert!(!behind.contains("is not an array\""), "{taker} behind {giver}: {behind}");
        }
    }
}

#[test]
fn no_array_node_is_left_out() {
    let is_in = |lines: &[&str], name: &str| lines.iter().any(|line| line.contains(&format!(": {name} ")));
    let givers: Vec<&str> = GIVERS.iter().map(|(giver, _)| *giver).collect();
    for description in catalog().descriptions().iter().filter(|own| own.category == Category::Array) {
        let name = description.node_type;
        assert_eq!(is_in(TAKERS, name), name != "range", "{name} takes an array");
        assert_eq!(is_in(&givers, name), !["reduce", "find", "group_by"].contains(&name), "{name} gives an array");
    }
    for (giver, member) in GIVERS {
        assert!(ARRAY_MEMBERS.contains(member), "{giver}");
    }
}
