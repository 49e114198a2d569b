use thaiyyal_model::{SHARDS, TenantId};
use thaiyyal_store::{
    Error,
    windows::{Decision, Standing, Tended, Windows},
};
use tokio_postgres::Row;

use super::hints;
use crate::{
    columns::Columns,
    connection::Connection,
    error::{During, refused},
    pool::Pool,
};

/// One transaction under a lock, so that several schedulers do not fill a window several times over. Who does not get the lock has
/// nothing to do.
pub(super) async fn tend(pool: &Pool, windows: &Windows) -> Result<Tended, Error> {
    let mut connection = pool.get().await?;
    connection.begin("").await.map_err(|error| refused(error, During::Read))?;
    let lock = "SELECT pg_try_advisory_xact_lock(hashtext('thaiyyal.windows'))";
    let locked = connection.query(lock, &[]).await.map_err(|error| refused(error, During::Read))?;
    if !locked.first().map_or(Ok(false), |row| Columns::of("closed_windows", row).next())? {
        return Ok(Tended::default());
    }
    let parameters = (i64::from(windows.width), i32::from(SHARDS));
    let rows = connection
        .query(include_str!("standings.sql"), &[&parameters.0, &parameters.1])
        .await
        .map_err(|error| refused(error, During::Read))?;
    let decision = windows.decide(&rows.iter().map(standing).collect::<Result<Vec<_>, _>>()?);
    let hints = carry_out(&mut connection, &decision).await?;
    connection.commit().await.map_err(|error| refused(error, During::Write))?;
    let hints = hints.iter().filter_map(|row| hints::hint(&mut Columns::of("outbox", row)).transpose()).collect::<Result<_, _>>()?;
    Ok(Tended { closed: Some(decision.closed), hints })
}

fn standing(row: &Row) -> Result<Standing, Error> {
    let mut columns = Columns::of("run_queue", row);
    Ok(Standing {
        tenant: TenantId::from_uuid(columns.next()?),
        hinted: columns.next::<i64>()?.unsigned_abs(),
        is_waiting: columns.next()?,
        is_closed: columns.next()?,
    })
}

async fn carry_out(connection: &mut Connection, decision: &Decision) -> Result<Vec<Row>, Error> {
    let refused = |error| refused(error, During::Write);
    let ids = |tenants: &[TenantId]| tenants.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>();
    if !decision.close.is_empty() || !decision.open.is_empty() {
        let (close, open) = (ids(&decision.close), ids(&decision.open));
        connection.query(include_str!("set_windows.sql"), &[&close, &open]).await.map_err(refused)?;
    }
    if decision.top_up.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: Vec<_> = decision.top_up.iter().map(|(tenant, _)| tenant.uuid()).collect();
    let shares: Vec<_> = decision.top_up.iter().map(|(_, share)| i64::from(*share)).collect();
    connection.query(include_str!("top_up.sql"), &[&tenants, &shares]).await.map_err(refused)
}
