//! What fuzzing begins with: definitions, expressions, templates and texts from the conformance vectors, and the examples of the catalogue.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// The seeds of each target.
pub struct Seeds {
    pub definitions: Vec<String>,
    pub expressions: Vec<String>,
    pub templates: Vec<String>,
    pub documents: Vec<String>,
}

const INPUT: &str = r#"{"a":1,"value":[1,"2",null,{"b":true}],"name":"Ada"}"#;

const DOCUMENTS: [&str; 4] = [
    "a,b\n1,\"x, \"\"y\"\"\"\n",
    "a: 1\nb:\n  - x\n  - &n {c: null}\n  - *n\n",
    "<a x=\"1\"><b>t</b><b/><![CDATA[c]]>&amp;</a>",
    "{\"a\":[1,2.5e3,\"\\u00e9\",null,true]}",
];

/// Reads them from the repository.
pub fn collect() -> std::io::Result<Seeds> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("testdata/conformance").is_dir());
    let mut found = Found::default();
    for entry in std::fs::read_dir(root.unwrap_or(Path::new(".")).join("testdata/conformance"))? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let vector: Value = serde_json::from_str(line)?;
            found.definitions.insert(vector["workflow"].to_string());
            found.add(&vector["workflow"]);
        }
    }
    for function in thaiyyal_expr::functions().chain(thaiyyal_expr::methods()) {
        found.expressions.extend(function.examples.iter().map(|(source, _)| (*source).to_owned()));
    }
    let templates = found.expressions.iter().map(|source| format!("x {{{{ {source} }}}}\n{INPUT}"));
    let texts = found.texts.iter().map(String::as_str).chain(DOCUMENTS);
    Ok(Seeds {
        templates: templates.chain(found.texts.iter().map(|text| format!("{text}\n{INPUT}"))).collect(),
        documents: texts.flat_map(|text| (0..6_u8).map(move |format| format!("{}{text}", char::from(format)))).collect(),
        expressions: found.expressions.iter().map(|source| format!("{source}\n{INPUT}")).collect(),
        definitions: found.definitions.into_iter().collect(),
    })
}

#[derive(Default)]
struct Found {
    definitions: BTreeSet<String>,
    expressions: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member) {
                        ("expression" | "condition" | "when" | "initial", Value::String(text)) => {
                            self.expressions.insert(text.clone());
                        }
                        ("text" | "url" | "value" | "template", Value::String(text)) => {
                            self.texts.insert(text.clone());
                        }
                        _ => self.add(member),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            _ => {}
        }
    }
}
