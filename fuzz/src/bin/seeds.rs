//! Writes the seed corpus.

#[path = "../seeds.rs"]
mod seeds;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let found = seeds::collect()?;
    for (target, seeds) in [
        ("definition", found.definitions),
        ("expression", found.expressions),
        ("template", found.templates),
        ("parse", found.documents),
    ] {
        let folder = corpus.join(target);
        std::fs::create_dir_all(&folder)?;
        for (at, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at:05}")), seed)?;
        }
        println!("{} seeds in {}", seeds.len(), folder.display());
    }
    Ok(())
}
