//! The functions and methods, by their documented examples and by tables of the cases at their edges.
use crate::support::{check_values, shown, value};
use thaiyyal_expr::{Count, functions, methods};

#[test]
fn documented_examples_are_true() {
    for function in functions().chain(methods()) {
        assert!(!function.examples.is_empty(), "{} has no example", function.name);
        for (source, expected) in function.examples {
            assert_eq!(shown(value(source, "null")), *expected, "{source}");
        }
    }
}

#[test]
fn names_are_unique_and_described() {
    let mut seen = std::collections::HashSet::new();
    for function in functions().chain(methods()) {
        for name in [function.name].iter().chain(function.aliases) {
            assert!(seen.insert((function.receiver.is_some(), *name)), "{name} is there twice");
        }
        assert!(function.summary.ends_with('.') && !function.returns.is_empty(), "{}", function.name);
        let optional = function.params.iter().position(|param| param.count != Count::One).unwrap_or(function.params.len());
        assert!(function.params[optional..].iter().all(|param| param.count != Count::One), "{}", function.name);
    }
}

/// `f([1], x)` as `[1].f(x)`, when the array is written out.
fn behind_its_array(name: &str, source: &str) -> Option<String> {
    let rest = source.strip_prefix(name)?.strip_prefix("([")?;
    let mut open = 1;
    let end = rest.char_indices().find_map(|(at, c)| {
        open += i32::from(c == '[') - i32::from(c == ']');
        (open == 0).then_some(at)
    })?;
    let (array, args) = (&rest[..end], rest[end + 1..].trim_start_matches(','));
    Some(format!("[{array}].{name}({}", args.trim_start()))
}

#[test]
fn a_function_that_goes_through_an_array_is_a_method_of_it_too() {
    let mut compared = 0;
    for function in functions().filter(|function| function.goes_through_array()) {
        for (source, expected) in function.examples {
            let Some(method) = behind_its_array(function.name, source) else { continue };
            assert_eq!(shown(value(&method, "null")), *expected, "{method}");
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
    let lines = r#"{"lines":[{"sku":"b","qty":2,"tags":["x","y"]},{"sku":"a","qty":1,"tags":["z"]},{"sku":"c","qty":0,"tags":[]}],"n":1}"#;
    check_values(&[
        ("input.lines.filter(l => l.qty > 0).sortBy(l => l.sku).map(l => l.sku).join('+')", lines, "\"a+b\""),
        ("lines.map(l => l.tags.map((t, i) => l.sku + t + i))", lines, r#"[["bx0","by1"],["az0"],[]]"#),
        ("lines.flatMap(item.tags).reverse()", lines, r#"["z","y","x"]"#),
        ("lines.map(l => l.qty > input.n)", lines, "[true,false,false]"),
        ("lines.map(l => lines.find(o => o.qty == l.qty - 1)?.sku ?? '-')", lines, r#"["a","c","-"]"#),
        ("sum(lines.map(item.qty)) + lines.slice(1).length", lines, "5"),
        ("input.nope?.map(x => x)", lines, "null"),
        ("input.nope.map(x => x)", lines, "! expression_unresolved"),
        ("input.n.map(x => x)", lines, "! expression_wrong_kind"),
        ("'abc'.filter(true)", "0", "! expression_wrong_kind"),
        ("(lines.map(l => l.nope) ?? [7])[0] + lines.map(l => l.qty)[0]", lines, "9"),
    ]);
}

#[test]
fn worked_cases_of_the_specification() {
    check_values(&[
        ("input + 2 * 3", "5", "11"),
        ("--input", "5", "5"),
        ("input - 3 - 2", "10", "5"),
        ("round(input / 2) * 10", "9", "50"),
        ("input > 100 ? 'high' : input > 40 ? 'mid' : 'low'", "50", "\"mid\""),
        ("input > 1 && input < 2 || input == 3", "3", "true"),
        ("input.nope != 3", "{}", "false"),
        ("sum(map(input.lines, item.n)) + 1", r#"{"lines":[{"n":2},{"n":5}]}"#, "8"),
        ("max(abs(input))", "[3,-1,2]", "3"),
        ("input.note.replace('l','L')", r#"{"note":" Hello World "}"#, "\" HeLLo WorLd \""),
        ("input.a-b", r#"{"a-b":3}"#, "3"),
        ("input + 'b'", "\"a\"", "\"ab\""),
    ]);
}

#[test]
fn mathematics_at_the_edges() {
    check_values(&[
        ("round([2.5, -2.5, 0.4, '1.5'])", "0", "[3,-3,0,2]"),
        ("floor(input)", "[1.9, -1.1]", "[1,-2]"),
        ("ceil([])", "0", "[]"),
        ("abs(['x'])", "0", "! expression_bad_argument"),
        ("abs(null)", "0", "! expression_wrong_kind"),
        ("min(5)", "0", "! expression_bad_argument"),
        ("max([5])", "0", "5"),
        ("max([])", "0", "! expression_bad_argument"),
        ("max(1, '3', 2)", "0", "3"),
        ("max([1, 'x'])", "0", "! expression_bad_argument"),
        ("max([1], 2)", "0", "! expression_wrong_kind"),
        ("min('x')", "0", "! expression_wrong_kind"),
        ("sum(5)", "0", "5"),
        ("sum('5', 6)", "0", "11"),
        ("sum([])", "0", "0"),
        ("sum([1e308, 1e308])", "0", "! expression_arithmetic"),
        ("avg([])", "0", "! expression_bad_argument"),
        ("avg(3)", "0", "3"),
        ("avg([1, 2, 4.5])", "0", "2.5"),
        ("pow(2, -1)", "0", "0.5"),
        ("pow(0, 0)", "0", "1"),
        ("pow(0, -1)", "0", "! expression_arithmetic"),
        ("sqrt('16')", "0", "4"),
        ("sqrt(input.x)", "{}", "! expression_unresolved"),
    ]);
}

#[test]
fn arrays_at_the_edges() {
    check_values(&[
        ("sort(input)", "[10, 9, 1]", "[1,9,10]"),
        ("sort(input)", r#"["b", "B", "a", "10", "9"]"#, r#"["9","10","B","a","b"]"#),
        ("sort(input)", r#"["10", 9, "9", 10]"#, r#"[9,"9","10",10]"#),
        ("sort(input)", r#"[true, null, "m", [1]]"#, r#"[[1],"m",null,true]"#),
        ("sort(input)", r#"["x"]"#, r#"["x"]"#),
        ("sort([])", "0", "[]"),
        ("sort(input)", "\"x\"", "! expression_wrong_kind"),
        ("reverse([])", "0", "[]"),
        ("flatten([[], [[]]])", "0", "[]"),
        ("flatten(input)", r#"[{"a":[1]},[[2,[3]],4]]"#, r#"[{"a":[1]},2,3,4]"#),
        (
            "unique(input)",
            r#"[1, 1.0, "1", null, null, {"a":1,"b":2}, {"b":2,"a":1}, [1], [1], -0.0, 0]"#,
            r#"[1,"1",null,{"a":1,"b":2},[1],0]"#,
        ),
        ("slice(input, 1, 3)", "[1,2,3,4]", "[2,3]"),
        ("slice(input, 1.9)", "[1,2,3,4]", "[2,3,4]"),
        ("slice(input, -2)", "[1,2,3,4]", "[3,4]"),
        ("slice(input, 0, -1)", "[1,2,3,4]", "[1,2,3]"),
        ("slice(input, 3, 1)", "[1,2,3,4]", "[]"),
        ("slice(input, -99, 99)", "[1,2]", "[1,2]"),
        ("slice(input, 1e300)", "[1,2]", "[]"),
        ("slice(input, 'x')", "[1,2]", "! expression_wrong_kind"),
        ("zip([1], [2, 3], [])", "0", "[[1,2,null],[null,3,null]]"),
        ("zip([], [])", "0", "[]"),
        ("zip([1], 2)", "0", "! expression_wrong_kind"),
        ("sample(input, 0)", "[1,2,3]", "[]"),
        ("sample(input, 2)", "[1,2,3,4,5]", "[1,3]"),
        ("sample(input, 3)", "[3,1,2]", "[3,1,2]"),
        ("sample(input, -1)", "[1]", "! expression_bad_argument"),
        ("sample(input, -0.5)", "[1]", "[]"),
        ("map([], item.x)", "0", "[]"),
        ("map([1, 0], 1 / item)", "0", "! expression_arithmetic"),
        ("map(['2024-01-02'], parseDate(item))", "0", "[\"2024-01-02T00:00:00Z\"]"),
    ]);
}

#[test]
fn methods_of_texts_at_the_edges() {
    check_values(&[
        ("'straße'.toUpperCase()", "0", "\"STRAßE\""),
        ("'ÄΣ'.toLowerCase()", "0", "\"äσ\""),
        ("'\u{2003}\u{a0} a \n'.trim()", "0", "\"a\""),
        ("'abc'.includes('')", "0", "true"),
        ("'a1'.includes(1)", "0", "true"),
        ("'null'.includes(null)", "0", "true"),
        ("'true!'.startsWith(true)", "0", "true"),
        ("'12'.endsWith(2)", "0", "true"),
        ("'aaa'.replace('a', 'b')", "0", "\"bbb\""),
        ("'aaa'.replace('aa', '')", "0", "\"a\""),
        ("'ab'.replace('', '-')", "0", "\"-a-b-\""),
        ("'a1'.replace(1, 2)", "0", "\"a2\""),
        ("'a,b,,c'.split(',')", "0", r#"["a","b","","c"]"#),
        ("'añ😀'.split('')", "0", r#"["a","ñ","😀"]"#),
        ("''.split('')", "0", "[]"),
        ("''.split(',')", "0", "[\"\"]"),
        ("input.trim()", "5", "! expression_wrong_kind"),
        ("input.trim()", "null", "! expression_wrong_kind"),
        ("input.toUpperCase()", "[\"a\"]", "! expression_wrong_kind"),
        ("now().split('T').first()", "0", "\"2025-11-21\""),
        ("input.s.includes(input.p)", r#"{"s":"abc","p":"b"}"#, "true"),
        ("' x '.trim().toUpperCase().length", "0", "1"),
    ]);
}

#[test]
fn methods_of_arrays_at_the_edges() {
    check_values(&[
        ("input.includes(2)", "[1, 2]", "true"),
        ("input.includes('2')", "[1, 2]", "true"),
        ("input.includes('true')", "[true]", "true"),
        ("input.includes(null)", "[\"null\"]", "true"),
        ("input.includes('[1]')", "[[1]]", "true"),
        ("input.includes(input[0])", r#"[{"a":1}]"#, "true"),
        ("input.includes('x')", "[]", "false"),
        ("input.includes(3)", "{}", "! expression_wrong_kind"),
        ("input.includes(input.nope)", "[1]", "! expression_unresolved"),
        ("input.join(', ')", r#"[1, "a", null, true, [2], {"b":1}]"#, r#""1, a, null, true, [2], {\"b\":1}""#),
        ("input.join('')", "[]", "\"\""),
        ("input.join(0)", "[1, 2]", "\"102\""),
        ("input.join(',')", "\"ab\"", "! expression_wrong_kind"),
        ("input.reverse()", "[1, 2]", "[2,1]"),
        ("input.first()", "[]", "null"),
        ("input.last()", "[1, {\"a\":2}]", "{\"a\":2}"),
        ("input.last().a", "[1, {\"a\":2}]", "2"),
        ("input.first()", "{}", "! expression_wrong_kind"),
    ]);
}

#[test]
fn dates_are_read_in_their_notations() {
    check_values(&[
        ("parseDate('2024-01-02T03:04:05Z')", "0", "\"2024-01-02T03:04:05Z\""),
        ("parseDate('2024-01-02T03:04:05.250+02:00')", "0", "\"2024-01-02T01:04:05.25Z\""),
        ("parseDate('2024-01-02T03:04:05')", "0", "\"2024-01-02T03:04:05Z\""),
        ("parseDate('2024-01-02 03:04:05')", "0", "\"2024-01-02T03:04:05Z\""),
        ("parseDate('2024-01-02')", "0", "\"2024-01-02T00:00:00Z\""),
        ("parseDate('02 Jan 24 15:04 GMT')", "0", "\"2024-01-02T15:04:00Z\""),
        ("parseDate('02 Jan 24 15:04 +0100')", "0", "\"2024-01-02T14:04:00Z\""),
        ("parseDate('Tue, 02 Jan 2024 15:04:05 GMT')", "0", "\"2024-01-02T15:04:05Z\""),
        ("parseDate('Tue, 02 Jan 2024 15:04:05 -0700')", "0", "\"2024-01-02T22:04:05Z\""),
        ("parseDate(1704164645.5)", "0", "\"2024-01-02T03:04:05.5Z\""),
        ("parseDate(-1)", "0", "\"1969-12-31T23:59:59Z\""),
        ("parseDate(now())", "0", "\"2025-11-21T10:20:30.5Z\""),
        ("parseDate('2024-02-30')", "0", "! expression_bad_argument"),
        ("parseDate('20240102')", "0", "! expression_bad_argument"),
        ("parseDate('tomorrow')", "0", "! expression_bad_argument"),
        ("parseDate('')", "0", "! expression_bad_argument"),
        ("parseDate(1e300)", "0", "! expression_bad_argument"),
        ("parseDate(null)", "0", "! expression_bad_argument"),
        ("parseDate(input.nope)", "{}", "! expression_unresolved"),
    ]);
}

#[test]
fn dates_at_the_edges() {
    check_values(&[
        ("toEpoch(now())", "0", "1763720430"),
        ("toEpochMillis(now())", "0", "1763720430500"),
        ("toEpoch('1969-12-31T23:59:59.5Z')", "0", "-1"),
        ("toEpoch(fromEpoch(-1.5))", "0", "-1"),
        ("fromEpoch(1e18)", "0", "! expression_bad_argument"),
        ("fromEpochMillis('1500.9')", "0", "\"1970-01-01T00:00:01.5Z\""),
        ("dateDiff('2024-01-01', '2024-01-02')", "0", "-86400"),
        ("dateDiff(now(), dateAdd(now(), -90.7))", "0", "90"),
        ("dateAdd('2024-12-31T23:59:59Z', 1)", "0", "\"2025-01-01T00:00:00Z\""),
        ("dateAdd(now(), 1e300)", "0", "! expression_bad_argument"),
        ("year(now()) * 10000 + month(now()) * 100 + day(now())", "0", "20251121"),
        ("hour(now()) + ':' + minute(now())", "0", "\"10:20\""),
        ("year('2024-01-01T00:30:00+01:00')", "0", "2023"),
        ("year('x')", "0", "! expression_bad_argument"),
        ("isNull(now())", "0", "false"),
        ("contains(now(), '2025-11')", "0", "true"),
        ("now().length", "0", "! expression_unresolved"),
        ("sum([now()])", "0", "! expression_bad_argument"),
    ]);
}

#[test]
fn dates_follow_the_calendars_of_zones() {
    check_values(&[
        ("parseDate('2024-07-01', null, 'America/New_York')", "0", "\"2024-07-01T04:00:00Z\""),
        ("parseDate('2024-07-01T00:00:00Z', null, 'America/New_York')", "0", "\"2024-07-01T00:00:00Z\""),
        ("parseDate('2024-07-01', null, '+05:30')", "0", "\"2024-06-30T18:30:00Z\""),
        ("parseDate('2024-07-01', null, 'asia/bangkok')", "0", "\"2024-06-30T17:00:00Z\""),
        ("parseDate('2024-07-01', null, 'Nowhere/Town')", "0", "! expression_bad_argument"),
        ("parseDate('2024-07-01', null, '+99:00')", "0", "! expression_bad_argument"),
        ("parseDate('2024-07-01', null, '+é')", "0", "! expression_bad_argument"),
        ("parseDate('2024-07-01', null, 7)", "0", "! expression_wrong_kind"),
        ("toDate('01/02/2024 15:04', '%d/%m/%Y %H:%M', 'Europe/Berlin')", "0", "\"2024-02-01T14:04:00Z\""),
        ("toDate('2024-02-01 15:04 +0200', '%Y-%m-%d %H:%M %z')", "0", "\"2024-02-01T13:04:00Z\""),
        ("toDate('2024-02-01 15:04 Asia/Bangkok', '%Y-%m-%d %H:%M %Q')", "0", "\"2024-02-01T08:04:00Z\""),
        ("toDate('1700000000', '%s')", "0", "\"2023-11-14T22:13:20Z\""),
        ("toDate('2024', '%Y-%m')", "0", "! expression_bad_argument"),
        ("toDate('x', '%!')", "0", "! expression_bad_argument"),
        ("formatDate(now(), '%d.%m.%y %I %p', 'Asia/Bangkok')", "0", "\"21.11.25 05 PM\""),
        ("formatDate(now(), '%s %j %V %:z', '-0330')", "0", "\"1763720430 325 47 -03:30\""),
        ("formatDate(now(), '%')", "0", "! expression_bad_argument"),
        ("formatDate('x', '%Y')", "0", "! expression_bad_argument"),
        ("formatDate(now(), input)", "\"%255Y\"", "\"00000000000000002025\""),
        ("inZone(now(), 'UTC')", "0", "\"2025-11-21T10:20:30.5+00:00\""),
        ("dateAdd('2024-03-31', -1, 'months')", "0", "\"2024-02-29T00:00:00Z\""),
        ("dateAdd('2024-02-29', 1, 'year')", "0", "\"2025-02-28T00:00:00Z\""),
        ("dateAdd('2024-10-26T12:00:00Z', 1, 'days', 'Europe/Berlin')", "0", "\"2024-10-27T13:00:00Z\""),
        ("dateAdd('2024-10-26T12:00:00Z', 24, 'hours', 'Europe/Berlin')", "0", "\"2024-10-27T12:00:00Z\""),
        ("dateAdd(0, 2.9, 'weeks')", "0", "\"1970-01-15T00:00:00Z\""),
        ("dateAdd(0, 1e300, 'years')", "0", "! expression_bad_argument"),
        ("dateAdd(0, 1e300, 'hours')", "0", "! expression_bad_argument"),
        ("dateAdd(0, -1e300, 'days')", "0", "! expression_bad_argument"),
        ("dateAdd(0, 1, 'fortnight')", "0", "! expression_bad_argument"),
        ("dateDiff('2026-03-01', '2024-02-29', 'years')", "0", "2"),
        ("dateDiff('2024-01-01', '2024-02-29', 'months')", "0", "-1"),
        ("dateDiff('2024-01-08', '2024-01-01', 'week')", "0", "1"),
        ("startOf('2024-07-03T15:30:45.5Z', 'minute')", "0", "\"2024-07-03T15:30:00Z\""),
        ("startOf('2024-07-07', 'week')", "0", "\"2024-07-01T00:00:00Z\""),
        ("startOf('2024-07-07', 'year', 'Asia/Bangkok')", "0", "\"2023-12-31T17:00:00Z\""),
        ("startOf('2024-07-03T15:45:00Z', 'hour', '+05:30')", "0", "\"2024-07-03T15:30:00Z\""),
        ("startOf('2024-07-03', null)", "0", "\"2024-07-03T00:00:00Z\""),
        ("weekday('2024-07-07')", "0", "7"),
        ("day('2024-07-01T20:00:00Z', 'Asia/Bangkok')", "0", "2"),
        ("second(now())", "0", "30"),
    ]);
}

#[test]
fn texts_contain_by_text() {
    check_values(&[
        ("contains(input, 'b')", "\"abc\"", "true"),
        ("contains(input, '\"a\":1')", r#"{"b":2,"a":1}"#, "true"),
        ("contains([1, 2], 2)", "0", "true"),
        ("contains(input.nope, 'x')", "{}", "! expression_unresolved"),
        ("contains('abc', '')", "0", "true"),
    ]);
}
