use std::fmt::Write;

/// A workflow to measure.
pub(crate) struct Workflow {
    pub(crate) name: &'static str,
    pub(crate) json: String,
}

/// Small, long, wide, and with many elements.
pub(crate) fn all() -> Vec<Workflow> {
    let workflow = |name, json| Workflow { name, json };
    vec![
        workflow("add3", add3()),
        workflow("chain100_expression", chain(100, "expression", r#"{"expression":"input + 1"}"#)),
        workflow("chain100_operation", chain_of_operations(100)),
        workflow("fan100", fan(100)),
        workflow("map_filter_reduce_10k", items(10_000)),
    ]
}

fn add3() -> String {
    definition(
        &[
            node("left", "number", r#"{"value":10}"#),
            node("right", "number", r#"{"value":5}"#),
            node("sum", "operation", r#"{"op":"add"}"#),
        ],
        &[("left".into(), "sum".into()), ("right".into(), "sum".into())],
    )
}

/// A number and `nodes - 1` nodes of one type behind each other.
pub(crate) fn chain(nodes: usize, node_type: &str, data: &str) -> String {
    let mut all = vec![node("n0", "number", r#"{"value":1}"#)];
    all.extend((1..nodes).map(|n| node(&format!("n{n}"), node_type, data)));
    let edges: Vec<_> = (1..nodes).map(|n| (format!("n{}", n - 1), format!("n{n}"))).collect();
    definition(&all, &edges)
}

/// Two numbers and operations behind each other, each with the second number as its second input.
fn chain_of_operations(nodes: usize) -> String {
    let mut all = vec![node("one", "number", r#"{"value":1}"#), node("n1", "number", r#"{"value":1}"#)];
    all.extend((2..nodes).map(|n| node(&format!("n{n}"), "operation", r#"{"op":"multiply"}"#)));
    let edges: Vec<_> = (2..nodes).flat_map(|n| [(format!("n{}", n - 1), format!("n{n}")), ("one".into(), format!("n{n}"))]).collect();
    definition(&all, &edges)
}

/// A number, `width` expressions on it, and a node that takes them all.
fn fan(width: usize) -> String {
    let mut all = vec![node("source", "number", r#"{"value":1}"#)];
    all.extend((0..width).map(|n| node(&format!("e{n}"), "expression", &format!(r#"{{"expression":"input * {n}"}}"#))));
    all.push(node("all", "join", r#"{"join_strategy":"all"}"#));
    let edges: Vec<_> = (0..width).flat_map(|n| [("source".into(), format!("e{n}")), (format!("e{n}"), "all".into())]).collect();
    definition(&all, &edges)
}

/// `count` numbers in a text, read, doubled, filtered and summed.
pub(crate) fn items(count: usize) -> String {
    let numbers: Vec<String> = (1..=count).map(|n| n.to_string()).collect();
    let nodes = [
        node("text", "text_input", &format!(r#"{{"text":"[{}]"}}"#, numbers.join(","))),
        node("read", "parse", r#"{"input_type":"JSON"}"#),
        node("double", "map", r#"{"expression":"item * 2"}"#),
        node("doubled", "expression", r#"{"expression":"input.results"}"#),
        node("large", "filter", &format!(r#"{{"condition":"item > {}"}}"#, count / 2)),
        node("filtered", "expression", r#"{"expression":"input.filtered"}"#),
        node("sum", "reduce", r#"{"expression":"accumulator + item","initial_value":0}"#),
    ];
    let ids = ["text", "read", "double", "doubled", "large", "filtered", "sum"];
    let edges: Vec<_> = ids.windows(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect();
    definition(&nodes, &edges)
}

fn node(id: &str, node_type: &str, data: &str) -> String {
    format!(r#"{{"id":"{id}","type":"{node_type}","data":{data}}}"#)
}

fn definition(nodes: &[String], edges: &[(String, String)]) -> String {
    let mut text = format!("{{\"nodes\":[{}],\"edges\":[", nodes.join(","));
    for (at, (source, target)) in edges.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        write!(text, r#"{comma}{{"id":"e{at}","source":"{source}","target":"{target}"}}"#).expect("text can be written");
    }
    text + "]}"
}
