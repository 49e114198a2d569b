//! What names mean.

use std::cell::RefCell;
use std::sync::Arc;

use thaiyyal_expr::{Expression, Names, NodeIndex, Pattern, Scope};
use thaiyyal_model::Value;

use crate::support::{World, compile, json, now, shown};

fn world() -> World {
    World {
        variables: [("limit", "5"), ("shadow", "\"variable\""), ("my-var", "7"), ("my", "10"), ("item", "\"an item\""), ("a b", "1")]
            .map(|(name, value)| (name.to_owned(), json(value)))
            .into(),
        context: [("who", "\"Ada\""), ("rate", "2"), ("shape", r#"{"sides":{"count":4}}"#), ("k", "\"variable\"")]
            .map(|(name, value)| (name.to_owned(), json(value)))
            .into(),
        constants: [("k", "\"constant\""), ("pi", "3.14"), ("who-else", "\"Bo\"")]
            .map(|(name, value)| (name.to_owned(), json(value)))
            .into(),
        nodes: vec![
            ("src", Some(json(r#"{"qty":3,"lines":[{"n":1}]}"#))),
            ("my-node", Some(json("42"))),
            ("my", Some(json("100"))),
            ("1", Some(json("\"one\""))),
            ("n-1", Some(json(r#"{"value":9}"#))),
            ("skipped", None),
            ("with space", Some(json("true"))),
        ],
        trigger: Some(json(r#"{"type":"webhook","webhook":{"method":"POST"}}"#)),
        execution: Some(json(r#"{"id":"x-1","attempt":2}"#)),
        env: Some(json(r#"{"REGION":"eu"}"#)),
        ..World::default()
    }
}

fn check(scope: impl Fn(Scope<'_>) -> Scope<'_>, rows: &[(&str, &str)]) {
    let world = world();
    for (source, expected) in rows {
        let result = compile(source, &world).eval_value(&scope(Scope::new(&world, now())));
        assert_eq!(shown(result), *expected, "{source}");
    }
}

fn check_over(input: &str, rows: &[(&str, &str)]) {
    let input = json(input);
    let world = world();
    for (source, expected) in rows {
        let result = compile(source, &world).eval_value(&Scope::new(&world, now()).with_input(&input));
        assert_eq!(shown(result), *expected, "{source}");
    }
}

#[test]
fn bare_names_are_fields_of_the_input_or_else_variables() {
    check_over(
        r#"{"age":36,"profile":{"verified":true},"shadow":"field","index":3,"items":[1],"accumulator":8,"trigger":"mine","limit2":1}"#,
        &[
            ("age > 18", "true"),
            ("profile.verified", "true"),
            ("shadow", "\"field\""),
            ("limit", "5"),
            ("limit * 2 > age", "false"),
            ("sum([limit, age])", "41"),
            ("index + 1", "4"),
            ("items[0] + accumulator", "9"),
            ("trigger.type", "\"webhook\""),
            ("nope", "! expression_unresolved"),
        ],
    );
    check_over("5", &[("limit == input", "true"), ("x * x", "! expression_unresolved")]);
}

#[test]
fn elements_bind_item_index_items_and_accumulator() {
    let items = json("[10, 20]");
    let Value::List(list) = &items else { panic!("it is an array") };
    let sum = json("100");
    let rows = [
        ("item + index", "21"),
        ("input", "20"),
        ("items.length", "2"),
        ("sum(items)", "30"),
        ("accumulator + item", "120"),
        ("item > accumulator ? item : accumulator", "100"),
        ("variables.item + variables.index", "21"),
        ("variables.items", "[10,20]"),
        ("variables.accumulator", "100"),
        ("variables.input", "20"),
        ("map(items, item + 1)", "[11,21]"),
        ("map(items, input + index)", "[11,21]"),
        ("map(items, variables.item)", "[20,20]"),
    ];
    let world = world();
    for (source, expected) in rows {
        let scope = Scope::new(&world, now()).at_element(&list[1], 1, &items).with_accumulator(&sum);
        assert_eq!(shown(compile(source, &world).eval_value(&scope)), expected, "{source}");
    }
}

#[test]
fn outside_of_elements_item_is_the_input() {
    check_over(
        "7",
        &[
            ("item * 2", "14"),
            ("variables.input", "7"),
            ("variables.item", "\"an item\""),
            ("variables.index", "! expression_unresolved"),
            ("index", "! expression_unresolved"),
            ("items", "! expression_unresolved"),
            ("accumulator", "! expression_unresolved"),
        ],
    );
    check(
        |scope| scope,
        &[("input", "! expression_unresolved"), ("item", "! expression_unresolved"), ("1 + 1", "2"), ("input == null", "true")],
    );
}

#[test]
fn map_binds_its_element_only_inside() {
    check_over(
        r#"{"lines":[{"n":2,"tags":["a","b"]},{"n":5,"tags":[]}],"n":100}"#,
        &[
            ("map(input.lines, item.n)", "[2,5]"),
            ("map(input.lines, n)", "[2,5]"),
            ("map(input.lines, input.n * 10)", "[20,50]"),
            ("map(input.lines, item.n)[0] + input.n", "102"),
            ("map(input.lines, map(item.tags, item + '!'))", "[[\"a!\",\"b!\"],[]]"),
            ("map(input.lines, sum(map(item.tags, limit)) + item.n)", "[12,5]"),
            ("map(map(input.lines, item.n), item + 1)", "[3,6]"),
            ("map(input.lines, item.nope)", "! expression_unresolved"),
            ("map(input.lines, coalesce(item.nope, map(input.tags, item.x == null)))", "[[true,true],[]]"),
            ("map(input.lines, coalesce(map(item.tags, item.x), item.n))", "[2,[]]"),
            ("map(5, item)", "! expression_wrong_kind"),
            ("coalesce(map([1], item.x), 7) + map([2], item)[0]", "9"),
        ],
    );
}

#[test]
fn the_workflow_is_reached_through_its_roots() {
    check_over(
        "0",
        &[
            ("node.src.qty * 2", "6"),
            ("node.src.lines[0].n", "1"),
            ("node.1 + '!'", "\"one!\""),
            ("node['with space']", "true"),
            ("node.skipped", "! expression_unresolved"),
            ("node.skipped == null", "true"),
            ("node.nope", "! expression_unresolved"),
            ("node.nope.x == 1", "false"),
            ("variables.limit", "5"),
            ("variables['a b'] + 1", "2"),
            ("variables.nope", "! expression_unresolved"),
            ("context.who", "\"Ada\""),
            ("context.k", "\"variable\""),
            ("context.pi", "3.14"),
            ("context.shape.sides.count", "4"),
            ("context['rate'] * 2", "4"),
            ("context.nope", "! expression_unresolved"),
            ("trigger.webhook.method", "\"POST\""),
            ("execution.attempt", "2"),
            ("env.REGION", "\"eu\""),
            ("env.NOPE", "! expression_unresolved"),
        ],
    );
}

#[test]
fn dashes_belong_to_the_longest_name_there_is() {
    check_over(
        r#"{"a-b":3,"a":10,"b":4,"c":1,"a-b-c":{"d":5},"e":{"b":1,"b-c":2},"x":{"y-1":6,"y":20},"v":2}"#,
        &[
            ("input.a-b", "3"),
            ("input.a-c", "9"),
            ("input.a - b", "6"),
            ("input.a -b", "6"),
            ("input.a-b-c.d", "5"),
            ("input.a-b-v", "1"),
            ("input.a-v-b", "4"),
            ("input.a-c-v-b", "3"),
            ("input.e.b-c", "2"),
            ("input.e.b-v", "-1"),
            ("input.x.y-1", "6"),
            ("input.x.y-2", "18"),
            ("input.x.y-1.5", "18.5"),
            ("input.x.y-1e1", "10"),
            ("input.a-e.b-c", "8"),
            ("2 * input.a-c * 3 + 1", "18"),
            ("2 * input.a-b * 3 + 1", "19"),
            ("-input.a-b", "-3"),
            ("-input.a-c", "-11"),
            ("100 - input.a-c", "89"),
            ("100 / input.a-c", "9"),
            ("input.a-abs(b)", "6"),
            ("input.a-b-abs(c)", "2"),
            ("input.a-b > 2 && input.a-c == 9", "true"),
            ("input.a-nope", "! expression_unresolved"),
            ("input.nope-b", "! expression_unresolved"),
            ("input.a-2x", "! expression_unresolved"),
            ("input.a-b + input.a-c + input.a-v", "20"),
            ("[input.a-b, (input.a-c)]", "[3,9]"),
            ("map([input], item.a-b + item.a-c)", "[12]"),
            ("variables.my-var", "7"),
            ("variables.my-c", "9"),
            ("variables.my-nope", "! expression_unresolved"),
            ("context.who-else", "\"Bo\""),
            ("context.rate-v", "0"),
            ("node.my-node", "42"),
            ("node.my-node-v", "40"),
            ("node.my-c", "99"),
            ("node.n-1.value", "9"),
            ("node.n-1.value-v", "7"),
            ("node.no-such-node", "! expression_unresolved"),
            ("input.a-b.nope", "! expression_unresolved"),
        ],
    );
    check_over(
        r#"{"first-name":"Ada","last-name":"L"}"#,
        &[("input.first-name + ' ' + input.last-name", "\"Ada L\""), ("input.first-name.toUpperCase()", "\"ADA\"")],
    );
    let many = (0..1000).map(|_| "input.a-b").collect::<Vec<_>>().join("+");
    check_over(r#"{"a-b":1}"#, &[(&many, "1000")]);
    check_over(r#"{"a":3,"b":1}"#, &[(&many, "2000")]);
}

#[test]
fn references_tell_what_is_read() {
    let world = world();
    let references = |source: &str| compile(source, &world).references().clone();
    let read = references("node.my-node + node.src.qty + node.src.x + variables.limit + context.who + age + map(items, other)");
    assert_eq!(read.nodes(), [NodeIndex(0), NodeIndex(1)]);
    assert_eq!(read.variables(), ["limit", "age", "other"]);
    assert_eq!(read.context(), ["who"]);
    assert!(read.input && !read.now && !read.surroundings);

    assert!(references("now() > trigger.at").now);
    assert!(references("now() > trigger.at").surroundings);
    assert!(!references("1 + 1").input);
    assert!(references(">5").input);
    assert!(!references("map([1], item + input)").input);
    assert!(references("item").input);
    assert_eq!(references("variables.my-var").variables(), ["my", "my-var", "var"]);
}

#[test]
fn unknown_nodes_are_warned_about() {
    let world = world();
    let expression = compile("1 + node.scr.qty + node.my-nodes", &world);
    let warnings: Vec<String> = expression.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "the workflow has no node `scr`; did you mean `src`? (line 1, column 10)",
            // "my" is a node, so this is a subtraction; nothing to warn about.
        ]
    );
    let expression = compile("node['my node']", &world);
    assert_eq!(expression.warnings()[0].suggestion.as_deref(), Some("my-node"));
    let many = vec!["node.nope"; 500].join("+");
    assert!(compile(&many, &world).warnings().len() <= 20);
}

#[test]
fn a_regular_expression_that_the_workflow_knows_is_not_compiled_again() {
    /// Keeps what is compiled.
    #[derive(Default)]
    struct Keeping(RefCell<Vec<(String, Arc<Pattern>)>>);
    impl Names for Keeping {
        fn node(&self, _id: &str) -> Option<NodeIndex> {
            None
        }
        fn node_ids(&self) -> Vec<&str> {
            Vec::new()
        }
        fn pattern(&self, source: &str) -> Option<Arc<Pattern>> {
            self.0.borrow().iter().find(|(own, _)| own == source).map(|(_, pattern)| Arc::clone(pattern))
        }
        fn note_pattern(&self, source: &str, pattern: &Arc<Pattern>) {
            self.0.borrow_mut().push((source.to_owned(), Arc::clone(pattern)));
        }
    }
    let keeping = Keeping::default();
    let source = "regexMatches('a1', '[0-9]') && regexMatches('a1', '^a') && regexMatches('b', '[0-9]') == false";
    let compiled: Vec<Expression> = (0..3).map(|_| Expression::compile(source, &keeping).unwrap()).collect();
    let noted: Vec<String> = keeping.0.borrow().iter().map(|(source, _)| source.clone()).collect();
    assert_eq!(noted, ["[0-9]", "^a"]);
    // Each of the three uses it twice, and one is kept.
    assert_eq!(Arc::strong_count(&keeping.0.borrow()[0].1), 7);
    let world = world();
    for expression in &compiled {
        assert_eq!(shown(expression.eval_value(&Scope::new(&world, now()))), "true");
    }
}
