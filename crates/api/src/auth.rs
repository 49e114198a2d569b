//! Who is calling, and what they may do.

mod allowed;
mod cookie;
mod credentials;
mod csrf;
mod permission;

pub(crate) use allowed::{Allowed, Public};
pub(crate) use cookie::{forget as forget_cookie, read as read_cookie, write as write_cookie};
pub(crate) use credentials::{Caller, Credentials, Via};
pub(crate) use csrf::{refuse_other_sites, token as csrf_token};
pub(crate) use permission::{
    CancelExecutions, DecideApprovals, Grants, Permission, ReadApiKeys, ReadApprovals, ReadCatalog, ReadExecutions, ReadWorkflows, Require,
    RunWorkflows, SignalExecutions, SignedIn, WriteApiKeys, WriteWorkflows,
};
