//! Accounts, sign-in, sessions, the secrets that prove who is calling.

mod bootstrap;
mod link;
mod login;
mod password;
mod token;

pub use bootstrap::{Bootstrapped, NewTenant, bootstrap, create_tenant};
pub use link::{create_link, follow_link};
pub use login::{Opened, login, open_session};
pub use password::Passwords;
pub use token::{Token, digest};
