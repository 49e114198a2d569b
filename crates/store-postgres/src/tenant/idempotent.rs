use async_trait::async_trait;
use thaiyyal_model::{RequestHash, Timestamp};
use thaiyyal_store::{
    Error,
    dispatch::Idempotency,
    tenant::{Answer, Idempotent, KeyTaken},
};

use super::PostgresTx;
use crate::{at::At, columns::Columns};

#[async_trait]
impl Idempotent for PostgresTx {
    async fn take_key(&mut self, idempotency: &Idempotency, now: Timestamp) -> Result<KeyTaken, Error> {
        let tenant = self.tenant;
        // The insert waits for another transaction that is taking the same key; the statement after it then sees what that one stored.
        let taken = self
            .query(
                "INSERT INTO idempotency_keys (tenant_id, route, key, request, created_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (tenant_id, route, key) DO UPDATE SET
                     request = excluded.request, created_at = excluded.created_at, execution_id = NULL, workflow_id = NULL, version = NULL,
                     status = NULL, body = NULL, location = NULL, etag = NULL
                 WHERE idempotency_keys.created_at <= excluded.created_at - interval '24 hours'
                 RETURNING 1",
                &[&tenant, &idempotency.route, &idempotency.key.as_str(), &idempotency.request.0.as_slice(), &At(now)],
            )
            .await?;
        if !taken.is_empty() {
            return Ok(KeyTaken::New);
        }
        let row = self
            .query_one(
                "SELECT request, status, body, location, etag FROM idempotency_keys WHERE tenant_id = $1 AND route = $2 AND key = $3",
                &[&tenant, &idempotency.route, &idempotency.key.as_str()],
            )
            .await?;
        let row = row.ok_or_else(|| Error::Unavailable("the idempotency key was given up while it was being taken".into()))?;
        let mut columns = Columns::of("idempotency_keys", &row);
        let request = RequestHash(columns.digest()?);
        let status: Option<i32> = columns.next()?;
        if request != idempotency.request {
            return Ok(KeyTaken::Mismatch);
        }
        // Taken by a transaction that stored no answer: as good as not taken.
        let Some(status) = status else { return Ok(KeyTaken::New) };
        Ok(KeyTaken::Replay(Answer {
            status: u16::try_from(status).unwrap_or(u16::MAX),
            body: columns.next::<Option<Vec<u8>>>()?.unwrap_or_default(),
            location: columns.next()?,
            etag: columns.next()?,
            request,
        }))
    }

    async fn store_answer(&mut self, idempotency: &Idempotency, answer: &Answer) -> Result<(), Error> {
        let tenant = self.tenant;
        self.query(
            "UPDATE idempotency_keys SET status = $4, body = $5, location = $6, etag = $7 WHERE tenant_id = $1 AND route = $2 AND key = $3",
            &[
                &tenant,
                &idempotency.route,
                &idempotency.key.as_str(),
                &i32::from(answer.status),
                &answer.body,
                &answer.location,
                &answer.etag,
            ],
        )
        .await?;
        Ok(())
    }
}
