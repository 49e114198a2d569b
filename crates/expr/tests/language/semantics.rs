//! Operators, comparisons and what happens to what cannot be resolved.

use thaiyyal_expr::Scope;

use crate::support::{World, check_values, compile, json, now, shown};

/// The boolean form, or the code of what failed.
fn truth(source: &str, input: &str) -> String {
    let world = World::default();
    let result = compile(source, &world).eval_bool(&Scope::new(&world, now()).with_input(&json(input)));
    result.map_or_else(|error| format!("! {}", error.code), |truth| truth.to_string())
}

fn check_truths(rows: &[(&str, &str, &str)]) {
    for (source, input, expected) in rows {
        assert_eq!(truth(source, input), *expected, "{source} over {input}");
    }
}

#[test]
fn operators_bind_as_documented() {
    check_values(&[
        ("1 + 2 * 3 - 4 / 2", "0", "5"),
        ("2 * 3 % 4", "0", "2"),
        ("10 - 2 - 3 + 1", "0", "6"),
        ("100 / 10 / 2", "0", "5"),
        ("(1 + 2) * 3", "0", "9"),
        ("-2 * -3", "0", "6"),
        ("-input + 1", "4", "-3"),
        ("- - -input", "4", "-4"),
        ("+input", "\"5\"", "5"),
        ("-(input)", "\"5\"", "-5"),
        ("2 - -2", "0", "4"),
        ("1+1==2", "0", "true"),
        ("1 + 1 < 3 && 2 > 1", "0", "true"),
        ("!input == 4", "4", "false"),
        ("!(input == 5)", "4", "true"),
        ("!!true", "0", "true"),
        ("true || false && false", "0", "true"),
        ("(true || false) && false", "0", "false"),
        ("true ? 1 : false ? 2 : 3", "0", "1"),
        ("false ? 1 : false ? 2 : 3", "0", "3"),
        ("true ? false ? 1 : 2 : 3", "0", "2"),
        ("input > 3 ? 'a' : 'b' ", "4", "\"a\""),
        (" \n\t1\u{a0}+ 1 ", "0", "2"),
        ("1e3 + 1.5e-1 + 2E+1", "0", "1020.15"),
    ]);
}

#[test]
fn arithmetic_takes_numbers_and_texts_that_are_numbers() {
    check_values(&[
        ("'5' + 6", "0", "11"),
        ("'5' + '6'", "0", "11"),
        ("'-1.5' * '1e3'", "0", "-1500"),
        ("'5' - 1", "0", "4"),
        ("input + 'b'", "\"a\"", "\"ab\""),
        ("'n: ' + input", "null", "\"n: null\""),
        ("'v: ' + input", "[1, {\"b\":2,\"a\":1.50}]", "\"v: [1,{\\\"a\\\":1.5,\\\"b\\\":2}]\""),
        ("true + '!'", "0", "\"true!\""),
        ("1 + 2 + 'a' + 1 + 2", "0", "\"3a12\""),
        ("' 5' + 1", "0", "\" 51\""),
        ("'0x10' + 1", "0", "\"0x101\""),
        ("'inf' + 1", "0", "\"inf1\""),
        ("'1e999' + 1", "0", "\"1e9991\""),
        ("' 5' * 2", "0", "! expression_wrong_kind"),
        ("'0x10' * 2", "0", "! expression_wrong_kind"),
        ("'nan' * 2", "0", "! expression_wrong_kind"),
        ("'' * 2", "0", "! expression_wrong_kind"),
        ("true + 1", "0", "! expression_wrong_kind"),
        ("null + 1", "0", "! expression_wrong_kind"),
        ("input + 1", "[1]", "! expression_wrong_kind"),
        ("-input", "\"x\"", "! expression_wrong_kind"),
        ("'a' * 2", "0", "! expression_wrong_kind"),
        ("2 - input", "{}", "! expression_wrong_kind"),
    ]);
}

#[test]
fn failing_arithmetic_is_an_error() {
    check_values(&[
        ("input / 0", "5", "! expression_arithmetic"),
        ("input % 0", "5", "! expression_arithmetic"),
        ("input % 0.5", "5", "! expression_arithmetic"),
        ("input * 1e308 * 10", "5", "! expression_arithmetic"),
        ("pow(10, 400)", "0", "! expression_arithmetic"),
        ("pow(-8, 0.5)", "0", "! expression_arithmetic"),
        ("sqrt(input)", "-1", "! expression_arithmetic"),
        ("-7 % 3", "0", "-1"),
        ("7.9 % 2", "0", "1"),
        ("7 % -3", "0", "1"),
        ("-4 % 2", "0", "0"),
        ("1e300 % 7", "0", "1"),
        ("0.1 + 0.2", "0", "0.30000000000000004"),
    ]);
}

#[test]
fn equality_compares_numbers_by_number_and_the_rest_by_content() {
    check_values(&[
        ("'10' == 10", "0", "true"),
        ("'10' == '10.0'", "0", "true"),
        ("'a' == 'a'", "0", "true"),
        ("'a' == 'A'", "0", "false"),
        ("'a' != 'b'", "0", "true"),
        ("true == true", "0", "true"),
        ("true == 1", "0", "false"),
        ("true == 'true'", "0", "false"),
        ("null == null", "0", "true"),
        ("null == 0", "0", "false"),
        ("null != 0", "0", "true"),
        ("'' == null", "0", "false"),
        ("[1, [2]] == [1, [2.0]]", "0", "true"),
        ("[1] == ['1']", "0", "false"),
        ("input.a == input.b", r#"{"a":{"x":[1],"y":2},"b":{"y":2,"x":[1]}}"#, "true"),
        ("input.a == input.b", r#"{"a":{"x":1},"b":{"x":2}}"#, "false"),
    ]);
}

#[test]
fn order_exists_among_numbers_and_among_dates_only() {
    check_values(&[
        ("1 < 2", "0", "true"),
        ("2 <= 2", "0", "true"),
        ("'10' > 9", "0", "true"),
        ("'10' > '9'", "0", "true"),
        ("'abc' < 'b'", "0", "false"),
        ("'abc' > 'b'", "0", "false"),
        ("'abc' <= 'abc'", "0", "false"),
        ("true > false", "0", "false"),
        ("null >= null", "0", "false"),
        ("[1] < [2]", "0", "false"),
        ("parseDate('2024-01-01') < parseDate('2024-01-01T00:00:01Z')", "0", "true"),
        ("parseDate('2024-01-01') >= parseDate('2024-01-01T01:00:00+01:00')", "0", "true"),
        ("parseDate('2024-01-01') == parseDate('2024-01-01T01:00:00+01:00')", "0", "true"),
        ("parseDate('2024-01-01') == '2024-01-01T00:00:00Z'", "0", "false"),
        ("parseDate('2024-01-01') > 5", "0", "false"),
        ("now() > parseDate('2025-01-01')", "0", "true"),
    ]);
}

#[test]
fn what_cannot_be_resolved_is_an_error_as_a_value() {
    check_values(&[
        ("input.nope", "{}", "! expression_unresolved"),
        ("input.a.b", r#"{"a":1}"#, "! expression_unresolved"),
        ("input.a", "[1]", "! expression_unresolved"),
        ("input.nope + 1", "{}", "! expression_unresolved"),
        ("nope", "{}", "! expression_unresolved"),
        ("inptu * 2", "10", "! expression_unresolved"),
        ("nan", "0", "! expression_unresolved"),
        ("[input.nope]", "{}", "! expression_unresolved"),
        ("input.nope.trim()", "{}", "! expression_unresolved"),
        ("true ? 1 : input.nope", "{}", "1"),
        ("false ? input.nope : 2", "{}", "2"),
    ]);
}

#[test]
fn a_comparison_with_what_cannot_be_resolved_is_false() {
    for op in ["==", "!=", "<", "<=", ">", ">="] {
        for source in
            [format!("input.nope {op} 3"), format!("3 {op} input.nope"), format!("input.nope {op} input.nope"), format!("nope + 1 {op} 1")]
        {
            check_values(&[(&source, "{}", "false")]);
        }
    }
    check_values(&[
        ("input.nope == null", "{}", "true"),
        ("null == input.nope", "{}", "true"),
        ("input.nope == (null)", "{}", "true"),
        ("input.nope != null", "{}", "false"),
        ("input.nope <= null", "{}", "false"),
        ("input.nil == null", r#"{"nil":null}"#, "true"),
        ("input.nil != null", r#"{"nil":null}"#, "false"),
        ("input != null", "10", "true"),
        ("input.nope == input.nil", r#"{"nil":null}"#, "false"),
        ("isNull(input.nope)", "{}", "true"),
        ("isNull(input.nope.deeper + 1)", "{}", "true"),
        ("coalesce(input.nope, input.nil, 3, 4)", r#"{"nil":null}"#, "3"),
        ("coalesce(input.nope)", "{}", "null"),
        ("input / 0 == 1", "5", "! expression_arithmetic"),
        ("isNull(input / 0)", "5", "! expression_arithmetic"),
    ]);
}

#[test]
fn the_boolean_form_takes_only_booleans_for_true() {
    check_truths(&[
        ("input", "true", "true"),
        ("input", "1", "false"),
        ("input", "\"true\"", "false"),
        ("!input", "1", "true"),
        ("!!input", "1", "false"),
        ("input.nope", "{}", "false"),
        ("!input.nope", "{}", "true"),
        ("input.nope || true", "{}", "true"),
        ("input.nope && true", "{}", "false"),
        ("1 && 1", "0", "false"),
        ("1 ? true : false", "0", "false"),
        ("'x'", "0", "false"),
        ("input / 0", "1", "! expression_arithmetic"),
        ("input / 0 == 1 || true", "1", "! expression_arithmetic"),
    ]);
}

#[test]
fn only_what_decides_is_evaluated() {
    check_truths(&[
        ("true || 1 / 0 == 1", "0", "true"),
        ("false && 1 / 0 == 1", "0", "false"),
        ("true ? true : 1 / 0", "0", "true"),
        ("coalesce(true, 1 / 0)", "0", "true"),
    ]);
}

#[test]
fn shorthand_comparisons_look_below_value_members() {
    check_truths(&[
        (">5", "10", "true"),
        (" > 5", "10", "true"),
        (">5", "5", "false"),
        (">=5", "5", "true"),
        ("==5", r#"{"value":5}"#, "true"),
        ("!=5", r#"{"value":{"value":{"path":"x","value":5}}}"#, "false"),
        ("<10", r#"{"amount":5}"#, "false"),
        ("=='gold'", "\"gold\"", "true"),
        ("== null", "null", "true"),
        (">5 && <20", "10", "true"),
        (">5 && !(==10)", "10", "false"),
        ("> 2 * 3 + input", "1", "false"),
        (">5", "\"10\"", "true"),
        (">5", "\"ten\"", "false"),
        (">-1", "0", "true"),
    ]);
    check_values(&[("map(input, >5)", r#"[1,9,{"value":{"value":7}}]"#, "[false,true,true]")]);
}

#[test]
fn paths_reach_into_objects_and_arrays() {
    check_values(&[
        ("input.a[1].b", r#"{"a":[0,{"b":"x"}]}"#, "\"x\""),
        ("input[1]", "[5,6]", "6"),
        ("input[0][1]", "[[1,2]]", "2"),
        ("input[input.length - 1]", "[5,6]", "6"),
        ("input[2]", "[5,6]", "! expression_unresolved"),
        ("input[-1]", "[5,6]", "! expression_unresolved"),
        ("input[0.5]", "[5,6]", "! expression_unresolved"),
        ("input[0]", "\"ab\"", "! expression_unresolved"),
        ("input['a b']", r#"{"a b":1}"#, "1"),
        ("input['a' + 'b']", r#"{"ab":1}"#, "1"),
        ("input[0]", r#"{"0":1}"#, "! expression_unresolved"),
        ("input.0", r#"{"0":1}"#, "1"),
        ("input . a . b", r#"{"a":{"b":1}}"#, "1"),
        ("input.größe", r#"{"größe":1}"#, "1"),
        ("input.length", "[1,2,3]", "3"),
        ("input.length", "\"añ😀\"", "3"),
        ("input.length", r#"{"length":"own"}"#, "\"own\""),
        ("input.length.x", r#"{"length":{"x":1}}"#, "1"),
        ("input.length", "{}", "! expression_unresolved"),
        ("input.length", "5", "! expression_unresolved"),
        ("input.length.x", "[1]", "! expression_unresolved"),
        ("'abc'.length + [1, 2].length", "0", "5"),
        ("sort(input)[0]", "[3,1]", "1"),
        ("(input).a", r#"{"a":1}"#, "1"),
    ]);
}

#[test]
fn texts_have_escapes_and_keep_other_backslashes() {
    check_values(&[
        (r#"'it\'s' + "\"q\"""#, "0", r#""it's\"q\"""#),
        (r"'a\nb\tc\\d'", "0", r#""a\nb\tc\\d""#),
        (r"'\d+\.'", "0", r#""\\d+\\.""#),
        (r#""'" + '"'"#, "0", r#""'\"""#),
        ("'&& || ? : ( }} {{'", "0", "\"&& || ? : ( }} {{\""),
        ("'日本'", "0", "\"日本\""),
        ("''", "0", "\"\""),
    ]);
}

#[test]
fn results_keep_their_kind() {
    check_values(&[
        ("null", "0", "null"),
        ("true", "0", "true"),
        ("[1, 'a', null, [true]]", "0", "[1,\"a\",null,[true]]"),
        ("[]", "0", "[]"),
        ("[input, input + 1]", "1", "[1,2]"),
        ("input", r#"{"b":1,"a":[]}"#, r#"{"a":[],"b":1}"#),
        ("parseDate('2024-01-02')", "0", "\"2024-01-02T00:00:00Z\""),
        ("[now()]", "0", "[\"2025-11-21T10:20:30.5Z\"]"),
        ("true ? now() : 1", "0", "\"2025-11-21T10:20:30.5Z\""),
        ("now() + ''", "0", "\"2025-11-21T10:20:30.5Z\""),
        ("'at ' + fromEpoch(0)", "0", "\"at 1970-01-01T00:00:00Z\""),
        ("now() + 1", "0", "! expression_wrong_kind"),
    ]);
}

#[test]
fn errors_name_the_part_and_the_place() {
    for (source, input, message) in [
        ("1 + input.a.b * 2", "{}", "`input.a.b` cannot be resolved (line 1, column 5)"),
        ("1 +\n  (2 / (input - 1))", "1", "division by zero in `2 / (input - 1)` (line 2, column 4)"),
        ("'é' == input.x.trim()", r#"{"x":5}"#, "`trim` is a method of a text, but is called on a number (line 1, column 16)"),
        ("sum(input)", "\"x\"", "`input` is a text, but a number is needed (line 1, column 5)"),
        ("input * 2", "null", "the left side in `input * 2` is null, but a number is needed (line 1, column 1)"),
        ("[] + 1", "0", "cannot add an array and a number in `[] + 1` (line 1, column 1)"),
        ("sqrt(input)", "-4", "square root of a negative number in `sqrt(input)` (line 1, column 1)"),
        ("year('x')", "0", "`'x'` is no date that can be read (line 1, column 6)"),
        (
            "'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij' * 1",
            "0",
            "the left side in `'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefg...` is a text, but a number is needed (line 1, column 1)",
        ),
    ] {
        let world = World::default();
        let error = compile(source, &world).eval_value(&Scope::new(&world, now()).with_input(&json(input))).unwrap_err();
        assert_eq!(error.to_string(), message, "{source}");
    }
}

#[test]
fn an_expression_is_shared_between_threads() {
    let world = World::default();
    let expression = compile("input * 2", &world);
    std::thread::scope(|threads| {
        for n in 0..4 {
            let expression = &expression;
            threads.spawn(move || {
                let input = json(&n.to_string());
                let result = expression.eval_value(&Scope::new(&(), now()).with_input(&input));
                assert_eq!(shown(result), (n * 2).to_string());
            });
        }
    });
}
