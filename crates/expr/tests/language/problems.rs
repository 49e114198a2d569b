//! What does not compile, and where.

use thaiyyal_expr::{Expression, Problem, ProblemCode};

fn problem(source: &str) -> Problem {
    Expression::compile(source, &()).err().unwrap_or_else(|| panic!("{source} compiles"))
}

fn check(rows: &[(&str, &str)]) {
    for (source, expected) in rows {
        let problem = problem(source);
        assert_eq!(format!("{} {} {}", problem.column, problem.code, problem.message), *expected, "{source}");
        assert_eq!(problem.offset + 1, problem.column, "{source} has one line");
    }
}

#[test]
fn broken_grammar_is_told_with_its_place() {
    check(&[
        ("", "1 expression_empty there is no expression"),
        ("  ", "3 expression_empty there is no expression"),
        ("1 +", "4 expression_syntax expected a value, found the end"),
        ("1 + * 2", "5 expression_syntax expected a value, found `*`"),
        ("(1 + 2", "7 expression_syntax expected `)`, found the end"),
        ("1 + 2)", "6 expression_syntax expected the end, found `)`"),
        ("[1, 2", "6 expression_syntax expected `,` or `]`, found the end"),
        ("[1,]", "4 expression_syntax expected a value, found `]`"),
        ("input[", "7 expression_syntax expected a value, found the end"),
        ("input[1", "8 expression_syntax expected `]`, found the end"),
        ("input.", "7 expression_syntax expected a name after `.`, found the end"),
        ("input.'a'", "7 expression_syntax expected a name after `.`, found `'a'`"),
        ("a ? b", "6 expression_syntax expected `:`, found the end"),
        ("a b", "3 expression_syntax expected the end, found `b`"),
        ("...", "1 expression_syntax expected a value, found `.`"),
        ("'abc", "1 expression_syntax the text has no closing quote"),
        ("'abc\\'", "1 expression_syntax the text has no closing quote"),
        ("1 = 2", "3 expression_syntax expected the end, found the character '='"),
        ("a & b", "3 expression_syntax expected the end, found the character '&'"),
        ("é § 1", "3 expression_syntax expected the end, found the character '§'"),
        ("12abc", "1 expression_syntax `12abc` is no number"),
        ("0x10", "1 expression_syntax `0x10` is no number"),
        ("1e999", "1 expression_syntax `1e999` is no number"),
        ("1.", "3 expression_syntax expected a name after `.`, found the end"),
        (".5", "1 expression_syntax expected a value, found `.`"),
        ("1 < 2 < 3", "7 expression_syntax comparisons cannot be chained; join two with `&&`"),
        ("> 1 > 2", "5 expression_syntax comparisons cannot be chained; join two with `&&`"),
        ("1 + !a", "5 expression_syntax expected a value, found `!`"),
        ("a == !b", "6 expression_syntax expected a value, found `!`"),
        ("max(1 2)", "7 expression_syntax expected `,` or `)`, found `2`"),
        ("node[1]", "6 expression_syntax expected a name in quotes, found `1`"),
        ("variables.", "11 expression_syntax expected a name after `.`, found the end"),
    ]);
}

#[test]
fn places_count_lines_and_characters() {
    let problem = problem("'é😀' +\n  'ü' + )");
    assert_eq!((problem.offset, problem.line, problem.column), (15, 2, 9));
    assert_eq!(problem.to_string(), "expected a value, found `)` (line 2, column 9)");
}

#[test]
fn unknown_functions_and_methods_are_problems_with_suggestions() {
    check(&[
        ("foo(1)", "1 expression_unknown_function there is no function `foo`"),
        ("1 + sqr(4)", "5 expression_unknown_function there is no function `sqr`; did you mean `sqrt`?"),
        ("Max(1, 2)", "1 expression_unknown_function there is no function `Max`; did you mean `max`?"),
        ("input.toUppercase()", "7 expression_unknown_function there is no method `toUppercase`; did you mean `toUpperCase`?"),
        ("trim(input)", "1 expression_unknown_function there is no function `trim`; did you mean `text.trim()`?"),
        ("input.abs()", "7 expression_unknown_function there is no method `abs`; did you mean `abs(x)`?"),
        ("input.length()", "7 expression_unknown_function there is no method `length`; did you mean `length`?"),
        ("input.foo()", "7 expression_unknown_function there is no method `foo`"),
    ]);
    assert_eq!(problem("Max(1, 2)").suggestion.as_deref(), Some("max"));
}

#[test]
fn wrong_numbers_of_arguments_are_problems() {
    check(&[
        ("pow(1)", "1 expression_wrong_arguments `pow` takes 2 arguments, but 1 was given: `pow(x, y)`"),
        ("sqrt()", "1 expression_wrong_arguments `sqrt` takes 1 argument, but 0 were given: `sqrt(x)`"),
        ("1 + slice([1])", "5 expression_wrong_arguments `slice` takes 2 to 3 arguments, but 1 was given: `slice(array, start, [end])`"),
        ("zip([1])", "1 expression_wrong_arguments `zip` takes at least 2 arguments, but 1 was given: `zip(a, b, more...)`"),
        ("sum()", "1 expression_wrong_arguments `sum` takes at least 1 argument, but 0 were given: `sum(x, more...)`"),
        ("now(1)", "1 expression_wrong_arguments `now` takes 0 arguments, but 1 was given: `now()`"),
        ("input.trim(1)", "7 expression_wrong_arguments `trim` takes 0 arguments, but 1 was given: `text.trim()`"),
        ("input.replace('a')", "7 expression_wrong_arguments `replace` takes 2 arguments, but 1 was given: `text.replace(a, b)`"),
    ]);
}

#[test]
fn length_and_depth_are_limited() {
    let longest = format!("{}1", " ".repeat(Expression::MAX_CHARACTERS - 1));
    assert!(Expression::compile(&longest, &()).is_ok());
    assert_eq!(problem(&format!("{longest}1")).code, ProblemCode::TooLong);
    assert!(Expression::compile(&format!("'{}'", "é".repeat(9_998)), &()).is_ok());

    let nested = |open: &str, close: &str, levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("abs(", ")"),
        ("!", ""),
        ("-", ""),
        ("[1][", "]"),
        ("1 ? ", " : 1"),
        ("'a'.includes(", ")"),
        ("coalesce(!", ")"),
    ] {
        let most = if open.ends_with('!') && open.len() > 1 { 100 } else { 200 };
        if most == 200 {
            assert!(Expression::compile(&nested(open, close, most), &()).is_ok(), "{open}");
        }
        assert_eq!(problem(&nested(open, close, 201)).code, ProblemCode::TooDeep, "{open}");
        let endless = 9_000 / (open.len() + close.len());
        assert_eq!(problem(&nested(open, close, endless)).code, ProblemCode::TooDeep, "{open}");
    }
}

#[test]
fn what_does_not_nest_may_be_long() {
    for (part, join) in [("1", "+"), ("1", "*"), ("true", "&&"), ("true", "||"), ("a ? 1 : 2", "+"), ("-1", "-")] {
        let count = 9_900 / (part.len() + join.len());
        let source = vec![if part.contains('?') { "(a ? 1 : 2)" } else { part }; count.min(700)].join(join);
        assert!(Expression::compile(&source, &()).is_ok(), "{part} {join}");
    }
    let choices = format!("{}0", "a ? 1 : ".repeat(1_200));
    assert!(Expression::compile(&choices, &()).is_ok());
    let path = format!("input{}", ".a".repeat(4_900));
    assert!(Expression::compile(&path, &()).is_ok());
    let calls = format!("input{}", ".trim()".repeat(1_400));
    assert!(Expression::compile(&calls, &()).is_ok());
}
