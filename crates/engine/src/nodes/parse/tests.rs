use super::*;

#[test]
fn formats_are_recognised() {
    for (text, format) in [
        ("", Format::Json),
        (" {\"a\":1} ", Format::Json),
        ("[1]", Format::Json),
        ("{not json}", Format::Json),
        ("<a/>", Format::Xml),
        ("a: 1\nb: 2", Format::Yaml),
        ("a\tb,c\n1\t2", Format::Csv),
        ("a\tb\n1\t2", Format::Tsv),
        ("a,b\n1,2", Format::Csv),
        ("plain", Format::Json),
        ("two\nlines", Format::Json),
    ] {
        assert_eq!(detect::format(text), format, "{text:?}");
    }
}

fn shown(result: Result<Value, Fault>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(fault) => format!("error {}", fault.into_failure().code),
    }
}

#[test]
fn cells_have_the_kinds_they_look_like() {
    for (text, value) in [
        (" 12 ", "12"),
        ("-1.5e3", "-1500"),
        ("+7", "7"),
        ("true", "true"),
        ("True", "\"True\""),
        ("null", "null"),
        ("", "\"\""),
        ("NaN", "\"NaN\""),
        ("Inf", "\"Inf\""),
        ("0x10", "\"0x10\""),
        ("1e999", "\"1e999\""),
        ("1-2", "\"1-2\""),
        ("e", "\"e\""),
        ("-", "\"-\""),
    ] {
        assert_eq!(cell::value(text).to_string(), value, "{text:?}");
    }
}

#[test]
fn xml_becomes_objects() {
    for (text, value) in [
        ("<a>1</a>", r#"{"a":1}"#),
        ("<?xml version=\"1.0\"?><a/>", r#"{"a":""}"#),
        ("<a x='1' y=\"&lt;\">t&amp;t</a>", r##"{"a":{"#text":"t&t","@x":1,"@y":"<"}}"##),
        ("<a><b>1</b><b>2</b><c>x<!-- y --></c></a>", r#"{"a":{"b":[1,2],"c":"x"}}"#),
        ("<a>one<b/>two</a>", r##"{"a":{"#text":"onetwo","b":""}}"##),
        ("<a><![CDATA[<x>]]>&#65;</a>", r#"{"a":"<x>A"}"#),
        ("<a>", "error invalid_xml"),
        ("<a></b>", "error invalid_xml"),
        ("<a/><b/>", "error invalid_xml"),
        ("<a/>text", "error invalid_xml"),
        ("text", "error invalid_xml"),
        ("", "error invalid_xml"),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "error invalid_xml"),
        ("<a>&x;</a>", "error invalid_xml"),
    ] {
        assert_eq!(shown(xml::read(text)), value, "{text}");
    }
    assert_eq!(shown(xml::read(&"<a>".repeat(100_000))), "error invalid_xml");
}

#[test]
fn yaml_is_that_of_version_1_2_without_surprises() {
    for (text, value) in [
        ("a: 1\nb: [x, 'true', true, no, null, ~, 1e3, 0x10, 010]", r#"{"a":1,"b":["x","true",true,"no",null,null,1000,16,10]}"#),
        ("- a\n- b: |\n    text\n", r#"["a",{"b":"text\n"}]"#),
        ("a: 1\na: 2", r#"{"a":2}"#),
        ("1: x\ntrue: y", r#"{"1":"x","true":"y"}"#),
        ("a: &x [1]\nb: *x", r#"{"a":[1],"b":[1]}"#),
        ("a: .inf\nb: .nan\nc: 1e999", r#"{"a":".inf","b":".nan","c":".inf"}"#),
        ("just words", "error invalid_yaml"),
        ("", "error invalid_yaml"),
        ("a: [1", "error invalid_yaml"),
        ("a: !secret x", "error invalid_yaml"),
        ("a: 1\n---\nb: 2", "error invalid_yaml"),
    ] {
        assert_eq!(shown(yaml::read(text)), value, "{text}");
    }
    let bomb = (1..30).fold(String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"), |text, n| {
        text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))
    });
    assert_eq!(shown(yaml::read(&bomb)), "error invalid_yaml");
    assert_eq!(shown(yaml::read(&"[".repeat(100_000))), "error invalid_yaml");
    assert_eq!(shown(yaml::read(&"- ".repeat(100_000))), "error invalid_yaml");
}
