//! Writes the seed corpus: definitions, expressions, templates and texts from the conformance vectors, and the examples of the catalogue.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Seeds::default();
    for entry in std::fs::read_dir(root.join("../testdata/conformance"))? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let vector: Value = serde_json::from_str(line)?;
            seeds.definitions.insert(vector["workflow"].to_string());
            seeds.add(&vector["workflow"]);
        }
    }
    for function in thaiyyal_expr::functions().chain(thaiyyal_expr::methods()) {
        seeds.expressions.extend(function.examples.iter().map(|(source, _)| (*source).to_owned()));
    }
    let input = r#"{"a":1,"value":[1,"2",null,{"b":true}],"name":"Ada"}"#;
    write(&root.join("corpus/definition"), seeds.definitions)?;
    write(&root.join("corpus/expression"), seeds.expressions.iter().map(|source| format!("{source}\n{input}")))?;
    let templates = seeds.expressions.iter().map(|source| format!("x {{{{ {source} }}}}\n{input}"));
    write(&root.join("corpus/template"), templates.chain(seeds.texts.iter().map(|text| format!("{text}\n{input}"))))?;
    let parsed = seeds.texts.iter().chain(DOCUMENTS.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>().iter()).cloned().collect::<Vec<_>>();
    write(&root.join("corpus/parse"), parsed.iter().flat_map(|text| (0..6_u8).map(move |format| format!("{}{text}", char::from(format)))))
}

const DOCUMENTS: [&str; 4] = [
    "a,b\n1,\"x, \"\"y\"\"\"\n",
    "a: 1\nb:\n  - x\n  - &n {c: null}\n  - *n\n",
    "<a x=\"1\"><b>t</b><b/><![CDATA[c]]>&amp;</a>",
    "{\"a\":[1,2.5e3,\"\\u00e9\",null,true]}",
];

#[derive(Default)]
struct Seeds {
    definitions: BTreeSet<String>,
    expressions: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Seeds {
    fn add(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member) {
                        ("expression" | "condition" | "when" | "initial", Value::String(text)) => drop(self.expressions.insert(text.clone())),
                        ("text" | "url" | "value" | "template", Value::String(text)) => drop(self.texts.insert(text.clone())),
                        _ => self.add(member),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            _ => {}
        }
    }
}

fn write(folder: &Path, seeds: impl IntoIterator<Item = String>) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut count = 0;
    for seed in seeds {
        std::fs::write(PathBuf::from(folder).join(format!("seed-{count:05}")), seed)?;
        count += 1;
    }
    println!("{count} seeds in {}", folder.display());
    Ok(())
}
