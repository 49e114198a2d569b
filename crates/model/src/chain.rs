use std::error::Error;
use std::fmt;

/// An error with everything that caused it, for logs and for operators: `outer: cause: cause of the cause`.
///
/// Not for answers to users, who are told no more than the outermost.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}
