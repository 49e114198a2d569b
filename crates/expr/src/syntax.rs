mod lambda;
pub(crate) mod lexer;
pub(crate) mod names;
pub(crate) mod parser;
pub(crate) mod postfix;
pub(crate) mod suggest;
pub(crate) mod tree;
