use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::{Caller, Require};
use crate::problem::{Code, Problem};
use crate::state;

/// Proof that the caller of this route is known and may do `P`. It comes first in a handler's signature, so that nothing else about a
/// request is looked at before.
pub(crate) struct Allowed<P> {
    caller: Arc<Caller>,
    permission: PhantomData<P>,
}

impl<P> Deref for Allowed<P> {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<P: Require> FromRequest for Allowed<P> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state::of(&request);
            let caller = state.credentials.authenticate(&request, state.settings.public_url.as_ref()).await?;
            match P::PERMISSION {
                Some(permission) if !caller.grants.has(permission) => {
                    Err(Problem::new(Code::Forbidden, format!("this needs the permission `{}`", permission.as_str())))
                }
                _ => Ok(Self { caller, permission: PhantomData }),
            }
        })
    }
}

/// Says in a handler's signature that anyone may call it.
pub(crate) struct Public;

impl FromRequest for Public {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}
