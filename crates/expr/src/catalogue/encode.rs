use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use thaiyyal_model::Str;

use super::{Body, Function, Param};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "base64Encode",
        aliases: &["base64", "toBase64"],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "text",
        summary: "The text's UTF-8 bytes in base64, with padding.",
        examples: &[("base64Encode('añ')", "\"YcOx\""), ("base64('a')", "\"YQ==\"")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            eval.check_text((text.len() as u64).saturating_mul(4) / 3 + 4, call.span)?;
            Ok(Str::from(BASE64_STANDARD.encode(text.as_bytes())).into())
        }),
    },
    Function {
        name: "base64Decode",
        aliases: &["fromBase64"],
        receiver: None,
        params: &[Param::one("text", "text")],
        returns: "text",
        summary: "The text whose UTF-8 bytes these are. An error when they are no text.",
        examples: &[("base64Decode('YcOx')", "\"añ\"")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let bytes = BASE64_STANDARD.decode(text.as_bytes()).map_err(|_| Cause::BadArgument("the text is no base64").at(call.span))?;
            decoded(bytes, call)
        }),
    },
    Function {
        name: "urlEncode",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "text",
        summary: "The text as a part of a URL: everything but letters, digits and `-_.~` is written as `%XX`.",
        examples: &[("urlEncode('a b&ñ')", "\"a%20b%26%C3%B1\"")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let length = (text.len() as u64).saturating_mul(3);
            eval.check_text(length, call.span)?;
            eval.spend_bytes(length)?;
            Ok(Str::from(utf8_percent_encode(&text, ENCODED).to_string()).into())
        }),
    },
    Function {
        name: "urlDecode",
        aliases: &[],
        receiver: None,
        params: &[Param::one("text", "text")],
        returns: "text",
        summary: "The text with every `%XX` replaced by the byte it stands for. A `+` stays. An error when the result is no text.",
        examples: &[("urlDecode('a%20b%26')", "\"a b&\"")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            decoded(percent_decode_str(&text).collect(), call)
        }),
    },
    Function {
        name: "sha256",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "text",
        summary: "The SHA-256 of the text's UTF-8 bytes, in hexadecimal.",
        examples: &[("sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            eval.spend_bytes(text.len() as u64 * HASH_COST)?;
            Ok(hexadecimal(&Sha256::digest(text.as_bytes())).into())
        }),
    },
    Function {
        name: "hmac",
        aliases: &["hmacSha256"],
        receiver: None,
        params: &[Param::one("x", "anything"), Param::one("key", "anything")],
        returns: "text",
        summary: "The HMAC-SHA-256 of the text's UTF-8 bytes under the key's, in hexadecimal.",
        examples: &[(
            "hmac('what do ya want for nothing?', 'Jefe')",
            "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"",
        )],
        body: Body::Function(|eval, call| {
            let (text, key) = (eval.arg_text(call, 0)?, eval.arg_text(call, 1)?);
            eval.spend_bytes((text.len() + key.len()) as u64 * HASH_COST)?;
            let mac =
                Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| Cause::BadArgument("the key cannot be used").at(call.span))?;
            Ok(hexadecimal(&mac.chain_update(text.as_bytes()).finalize().into_bytes()).into())
        }),
    },
    Function {
        name: "uuid",
        aliases: &[],
        receiver: None,
        params: &[],
        returns: "text",
        summary: "A new UUID at each call; the same ones when the execution is replayed. Not a secret: who knows the execution's id can compute them.",
        examples: &[("len(uuid())", "36"), ("uuid() == uuid()", "false")],
        body: Body::Function(uuid),
    },
];

/// How much longer a byte takes to hash than to copy.
const HASH_COST: u64 = 16;

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

fn decoded<'v>(bytes: Vec<u8>, call: &Call) -> Outcome<'v> {
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(Str::from(text).into()),
        _ => Err(Cause::BadArgument("the bytes are no text").at(call.span)),
    }
}

fn hexadecimal(bytes: &[u8]) -> Str {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _never_fails = write!(text, "{byte:02x}");
    }
    text.into()
}

fn uuid<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    eval.spend(100)?;
    let draw = eval.scope.lookup.draw().ok_or_else(|| Cause::Unresolved.at(call.span))?;
    let hash = Sha256::new_with_prefix(b"thaiyyal uuid")
        .chain_update(draw.seed.to_be_bytes())
        .chain_update(draw.nth.to_be_bytes())
        .chain_update(draw.step.as_bytes())
        .finalize();
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(byte, own)| *byte = own);
    // The marks of version 4 (random) in the variant of RFC 9562.
    id[6] = id[6] & 0x0f | 0x40;
    id[8] = id[8] & 0x3f | 0x80;
    let digits = hexadecimal(&id);
    let text = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-");
    Ok(Operand::from(Str::from(text)))
}
