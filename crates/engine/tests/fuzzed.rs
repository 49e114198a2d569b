//! What is fuzzed holds of the vectors and of the examples of the catalogue, from which fuzzing begins.

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library where it is fuzzed")]
mod fuzz;
#[path = "../../../fuzz/src/seeds.rs"]
#[expect(unreachable_pub, reason = "the same file writes the corpus for fuzzing")]
mod seeds;

#[test]
fn every_seed_comes_back_as_it_must() {
    let seeds = seeds::collect().expect("the vectors can be read");
    type Target = fn(&[u8]);
    let targets: [(&str, Target, Vec<String>); 4] = [
        ("definition", fuzz::definition, seeds.definitions),
        ("expression", fuzz::expression, seeds.expressions),
        ("template", fuzz::template, seeds.templates),
        ("parse", fuzz::parse, seeds.documents),
    ];
    for (name, target, seeds) in targets {
        assert!(seeds.len() > 50, "{name} has {} seeds", seeds.len());
        seeds.iter().for_each(|seed| target(seed.as_bytes()));
    }
}
