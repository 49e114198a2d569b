use thaiyyal_model::{Port, Ports};

/// The title of inputs that take an array or an object that has one.
pub const ARRAY_TITLE: &str = "Array";

const INPUT: Port = Port::new("", "Input");
const ARRAY: Port = Port::new("", ARRAY_TITLE);
const OUTPUT: Port = Port::new("", "Output");

/// One way in, one way out.
pub(super) fn through() -> Ports {
    Ports { inputs: vec![INPUT], outputs: vec![OUTPUT], ..Ports::default() }
}

/// One way in, for an array or an object that has one, and one way out.
pub(super) fn over_array() -> Ports {
    Ports { inputs: vec![ARRAY], ..through() }
}

/// One way in and several ways out.
pub(super) fn branching(outputs: &[(&'static str, &'static str)]) -> Ports {
    Ports { inputs: vec![INPUT], outputs: outputs.iter().map(|(name, title)| Port::new(name, title)).collect(), ..Ports::default() }
}

/// The same with an array, or an object that has one, coming in.
pub(super) fn branching_over_array(outputs: &[(&'static str, &'static str)]) -> Ports {
    Ports { inputs: vec![ARRAY], ..branching(outputs) }
}
