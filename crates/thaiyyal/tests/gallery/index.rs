//! `examples/README.md`, made from the examples.

use std::fmt::Write;

use crate::example::Gallery;

const BEGINNING: &str = "\
# Example workflows

Each file runs as it is, without a server:

```sh
thaiyyal run examples/branching/lead-scoring.json
thaiyyal run examples/branching/lead-scoring.json --input '{\"budget\": 8000}'
```

Under `example`, a file says what it teaches, with which inputs and signals it is tested and what comes out.
A workflow that waits for people or other programs is given what it waits for: `--signal 'approval:ask={\"decision\": \"approved\"}'`.
The files in [apis](apis) call public services; the input `api` sends them to another address.
`groups.json` holds the order and titles of the folders.
`cargo nextest run -p thaiyyal --test gallery` runs every example and writes this page.
";

pub(crate) fn text(gallery: &Gallery) -> String {
    let mut text = BEGINNING.to_owned();
    for (group, examples) in &gallery.groups {
        write!(text, "\n## {}\n\n{}\n\n| workflow | what it does | what it teaches |\n|---|---|---|\n", group.title, group.description)
            .unwrap();
        for example in examples {
            let document = &example.document;
            let (name, file) = (&document.name, example.name());
            writeln!(text, "| [{name}]({file}.json) | {} | {} |", document.description, document.example.teaches).unwrap();
        }
    }
    text
}
