use thaiyyal_model::{Port, Ports};

const INPUT: Port = Port::new("", "Input");
const OUTPUT: Port = Port::new("", "Output");

/// One way in, one way out.
pub(super) fn through() -> Ports {
    Ports { inputs: vec![INPUT], outputs: vec![OUTPUT], ..Ports::default() }
}

/// One way in and several ways out.
pub(super) fn branching(outputs: &[(&'static str, &'static str)]) -> Ports {
    Ports { inputs: vec![INPUT], outputs: outputs.iter().map(|(name, title)| Port::new(name, title)).collect(), ..Ports::default() }
}
