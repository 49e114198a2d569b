use thaiyyal_model::{Port, Ports};

const INPUT: Port = Port { name: "", title: "Input" };
const OUTPUT: Port = Port { name: "", title: "Output" };

/// One way in, one way out.
pub(super) fn through() -> Ports {
    Ports { inputs: vec![INPUT], outputs: vec![OUTPUT] }
}

/// One way in and several ways out.
pub(super) fn branching(outputs: &[(&'static str, &'static str)]) -> Ports {
    Ports { inputs: vec![INPUT], outputs: outputs.iter().map(|(name, title)| Port { name, title }).collect() }
}
