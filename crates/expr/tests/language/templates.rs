//! Expressions inside of texts and settings.

use thaiyyal_expr::{Bounds, EvalCode, NodeIndex, ProblemCode, Scope, SettingTemplates, Template};
use thaiyyal_model::Value;

use crate::support::{World, json, now, shown};

fn world() -> World {
    World {
        context: [("who", "\"Ada\""), ("count", "3"), ("shape", r#"{"a":[1]}"#)].map(|(name, value)| (name.to_owned(), json(value))).into(),
        constants: [("pi", "3.14")].map(|(name, value)| (name.to_owned(), json(value))).into(),
        nodes: vec![("src", Some(json("7")))],
        ..World::default()
    }
}

fn rendered(text: &str, input: &str) -> String {
    let world = world();
    let template = Template::compile(text, &world).unwrap_or_else(|problem| panic!("{text}: {problem}"));
    shown(template.render(&Scope::new(&world, now()).with_input(&json(input))))
}

#[test]
fn a_whole_template_keeps_the_kind_and_others_make_text() {
    for (text, input, expected) in [
        ("{{ input }}", "5", "5"),
        ("{{input.a}}", r#"{"a":[1,{"b":null}]}"#, r#"[1,{"b":null}]"#),
        ("{{ input > 3 }}", "5", "true"),
        ("{{ null }}", "5", "null"),
        (" {{ input }}", "5", "\" 5\""),
        ("{{ input }}{{ input }}", "5", "\"55\""),
        ("a {{ input }} b {{ input + 1 }} c", "5", "\"a 5 b 6 c\""),
        ("n={{ input }}", "[1,\"x\"]", "\"n=[1,\\\"x\\\"]\""),
        ("{{ '}}' + \"{{\" }}!", "0", "\"}}{{!\""),
        ("{{ input.a-b }}", r#"{"a-b":1}"#, "1"),
        ("{{ node.src * 2 }}", "0", "14"),
        ("{{\n  input\n}}", "5", "5"),
        ("{{ now() }}", "0", "\"2025-11-21T10:20:30.5Z\""),
        ("plain { } }} text", "0", "\"plain { } }} text\""),
        ("", "0", "\"\""),
        ("{{ input.nope }}", "{}", "! expression_unresolved"),
        ("x {{ input.nope }}", "{}", "! expression_unresolved"),
        ("x {{ coalesce(input.nope, '-') }}", "{}", "\"x -\""),
        ("{{ '{{ input }}' }}", "5", "\"{{ input }}\""),
    ] {
        assert_eq!(rendered(text, input), expected, "{text}");
    }
}

#[test]
fn the_older_placeholders_are_text_or_stay_as_written() {
    for (text, expected) in [
        ("Hi {{ variable.who }}!", "\"Hi Ada!\""),
        ("{{variable.count}}", "\"3\""),
        ("{{ const.pi }}", "\"3.14\""),
        ("{{ variable.shape }}", "\"{\\\"a\\\":[1]}\""),
        ("{{ variable.pi }}", "\"{{ variable.pi }}\""),
        ("{{const.who}} and {{  variable.nobody }}", "\"{{const.who}} and {{  variable.nobody }}\""),
        ("{{ variable.who }} {{ context.who }} {{ input }}", "\"Ada Ada 0\""),
        ("{{ variable.who.name }}", "! expression_unresolved"),
    ] {
        assert_eq!(rendered(text, "0"), expected, "{text}");
    }
}

#[test]
fn values_never_become_templates() {
    assert_eq!(rendered("{{ input }} {{ input }}", "\"{{ context.who }}\""), "\"{{ context.who }} {{ context.who }}\"");
}

#[test]
fn problems_have_their_place_in_the_whole_text() {
    for (text, expected) in [
        ("é {{ 1 + }}", "10 expression_syntax expected a value, found `}`"),
        ("ab {{ foo() }}", "7 expression_unknown_function there is no function `foo`"),
        ("ab {{ input ", "4 template_unclosed `{{` has no `}}`"),
        ("ab {{ }}", "7 expression_empty there is no expression between `{{` and `}}`"),
        ("{{ input } }", "1 template_unclosed `{{` has no `}}`"),
        ("{{ input } }}", "10 expression_syntax expected `}}`, found `}`"),
        ("{{ {{ input }} }}", "4 expression_syntax expected a value, found the character '{'"),
        ("{{ 'a }}", "4 expression_syntax the text has no closing quote"),
        ("{{ input }} {{ 2x }}", "16 expression_syntax `2x` is no number"),
    ] {
        let problem = Template::compile(text, &()).unwrap_err();
        assert_eq!(format!("{} {} {}", problem.column, problem.code, problem.message), expected, "{text}");
    }
    let long = format!("x {{{{ {} }}}}", "1+".repeat(5_001));
    assert_eq!(Template::compile(&long, &()).unwrap_err().code, ProblemCode::TooLong);
    assert_eq!(Template::compile(&"{{1}}".repeat(3_000), &()).unwrap_err().code, ProblemCode::TooLong);
    assert!(Template::compile(&format!("{} {{{{ 1 }}}}", "text ".repeat(100_000)), &()).is_ok());
}

#[test]
fn errors_have_their_place_in_the_whole_text() {
    let template = Template::compile("é {{ 1 }} {{ input.x }}", &()).unwrap();
    let error = template.render(&Scope::new(&(), now()).with_input(&json("{}"))).unwrap_err();
    assert_eq!((error.code, error.column), (EvalCode::Unresolved, 14));
}

#[test]
fn settings_are_rendered_at_any_depth_except_where_excluded() {
    let world = world();
    let settings = json(
        r#"{"text":"Hi {{ variable.who }}","n":"{{ input }}","{{ key }}":1,"list":["a","{{ input + 1 }}",{"deep":"{{ node.src }}"}],
            "condition":"{{ input }}","nested":{"condition":"{{ broken"},"fixed":{"a":[1,2,"x"]}}"#,
    );
    let templates = SettingTemplates::compile(&settings, &["condition"], &world).unwrap();
    let result = templates.render(&Scope::new(&world, now()).with_input(&json("5"))).unwrap();
    assert_eq!(
        result,
        json(
            r#"{"text":"Hi Ada","n":5,"{{ key }}":1,"list":["a",6,{"deep":7}],
                "condition":"{{ input }}","nested":{"condition":"{{ broken"},"fixed":{"a":[1,2,"x"]}}"#
        )
    );
    assert!(!templates.is_fixed());
    let references = templates.references();
    assert_eq!((references.nodes(), references.context()), (&[NodeIndex(0)][..], &["who".into()][..]));
}

#[test]
fn settings_without_templates_are_handed_out_as_they_are() {
    let settings = json(r#"{"a":["x",{"b":"y"}],"c":1}"#);
    let templates = SettingTemplates::compile(&settings, &[], &()).unwrap();
    assert!(templates.is_fixed());
    let rendered = templates.render(&Scope::new(&(), now())).unwrap();
    let (Value::Map(rendered), Value::Map(settings)) = (&rendered, &settings) else { panic!("they are objects") };
    assert!(std::ptr::eq(rendered.entries(), settings.entries()));
}

#[test]
fn all_problems_of_settings_come_at_once_with_their_pointers() {
    let settings = json(r#"{"a":"{{ 1 + }}","b/c~d":["ok","{{ foo() }}"],"e":"{{ input }}"}"#);
    let problems = SettingTemplates::compile(&settings, &[], &()).unwrap_err();
    let told: Vec<String> = problems.iter().map(|problem| format!("{} {}", problem.pointer, problem.problem.code)).collect();
    assert_eq!(told, ["/a expression_syntax", "/b~1c~0d/1 expression_unknown_function"]);

    let settings = json(r#"{"a":[0,{"b/c":"{{ input.x }}"}]}"#);
    let templates = SettingTemplates::compile(&settings, &[], &()).unwrap();
    let error = templates.render(&Scope::new(&(), now()).with_input(&json("{}"))).unwrap_err();
    assert_eq!(error.to_string(), "/a/1/b~1c: `input.x` cannot be resolved (line 1, column 4)");

    let settings = json(r#"{"a":[0,{"b":"x {{ node.scr }}"}]}"#);
    let warnings = SettingTemplates::compile(&settings, &[], &["src"]).unwrap().warnings();
    assert_eq!(warnings[0].to_string(), "/a/1/b: the workflow has no node `scr`; did you mean `src`? (line 1, column 11)");
}

#[test]
fn rendered_settings_are_bounded() {
    let scope = |input, bounds| Scope::new(&(), now()).with_input(input).with_bounds(bounds);
    let text = Value::from("x".repeat(600));
    let small = Bounds { value_bytes: 1_000, ..Bounds::default() };
    let joined = SettingTemplates::compile(&json(r#"["{{ input }}{{ input }}"]"#), &[], &()).unwrap();
    assert_eq!(joined.render(&scope(&text, small)).unwrap_err().error.code, EvalCode::TooLarge);
    let twice = SettingTemplates::compile(&json(r#"["{{ input }}","{{ input }}"]"#), &[], &()).unwrap();
    assert_eq!(twice.render(&scope(&text, small)).unwrap_err().error.code, EvalCode::TooLarge);
    assert!(twice.render(&scope(&text, Bounds::default())).is_ok());

    let deep = json(&format!("{}{}", "[".repeat(127), "]".repeat(127)));
    let deeper = SettingTemplates::compile(&json(r#"[["{{ input }}"]]"#), &[], &()).unwrap();
    assert_eq!(deeper.render(&scope(&deep, Bounds::default())).unwrap_err().error.code, EvalCode::TooLarge);

    // All templates share one allowance.
    let many = SettingTemplates::compile(&json(&format!("[{}0]", "\"{{ 1 + input }}\",".repeat(30))), &[], &()).unwrap();
    assert_eq!(many.render(&scope(&json("1"), Bounds { steps: 20, ..Bounds::default() })).unwrap_err().error.code, EvalCode::TooManySteps);
}
