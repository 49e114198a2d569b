use thaiyyal_model::{RequestHash, Timestamp};
use thaiyyal_store::{
    Error,
    dispatch::Idempotency,
    tenant::{Answer, KeyTaken},
};

use crate::{
    scoped::Scoped,
    sql::{KEY_LIFE, Sql, before},
};

pub(super) fn take(scoped: Scoped<'_>, idempotency: &Idempotency, now: Timestamp) -> Result<KeyTaken, Error> {
    let Idempotency { key, route, request } = idempotency;
    let sql = "SELECT request, status, body, location, etag FROM idempotency_keys
        WHERE tenant_id = ?1 AND route = ?2 AND key = ?3 AND created_at > ?4";
    let first = scoped.find(sql, &[route, &key.as_str(), &Sql(before(now, KEY_LIFE))], |row| {
        let Sql(request): Sql<RequestHash> = row.get(0)?;
        let answer = match row.get(1)? {
            Some(status) => Some(Answer { status, body: row.get(2)?, location: row.get(3)?, etag: row.get(4)?, request }),
            None => None,
        };
        Ok((request, answer))
    })?;
    match first {
        Some((first, _)) if first != *request => return Ok(KeyTaken::Mismatch),
        Some((_, Some(answer))) => return Ok(KeyTaken::Replay(answer)),
        // Whoever took the key committed without an answer, so there is none to repeat.
        Some((_, None)) | None => {}
    }
    let sql = "INSERT OR REPLACE INTO idempotency_keys (tenant_id, route, key, request, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    scoped.execute(sql, &[route, &key.as_str(), &Sql(*request), &Sql(now)])?;
    Ok(KeyTaken::New)
}

pub(super) fn store_answer(scoped: Scoped<'_>, idempotency: &Idempotency, answer: &Answer) -> Result<(), Error> {
    let Idempotency { key, route, .. } = idempotency;
    let sql = "UPDATE idempotency_keys SET status = ?4, body = ?5, location = ?6, etag = ?7
        WHERE tenant_id = ?1 AND route = ?2 AND key = ?3";
    scoped.execute(sql, &[route, &key.as_str(), &answer.status, &answer.body, &answer.location, &answer.etag]).map(drop)
}
