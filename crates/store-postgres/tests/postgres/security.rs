//! Row-level security, roles and keys: the second wall behind the types.

use thaiyyal_model::{Clock, ExecutionId, SystemClock, TenantId};
use thaiyyal_store::conformance::Fixture;
use tokio_postgres::error::SqlState;

use crate::{
    database::{Database, fresh_store},
    inspect::{column, number},
};

/// Tables of the schema, partitions included, that have a column `tenant_id`.
const TENANT_TABLES: &str = "
    FROM pg_class c
    WHERE c.relnamespace = 'thaiyyal'::regnamespace AND c.relkind IN ('r', 'p')
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)";

#[tokio::test]
async fn every_table_with_a_tenant_is_shut_off_and_has_the_tenant_policy() {
    let database = Database::borrow().await;
    let client = database.client().await;
    assert!(number(&client, &format!("SELECT count(*) {TENANT_TABLES}")).await > 20);
    let open =
        column(&client, &format!("SELECT c.relname::text {TENANT_TABLES} AND NOT (c.relrowsecurity AND c.relforcerowsecurity)")).await;
    assert!(open.is_empty(), "without forced row-level security: {open:?}");
    // Partitions have none: nobody may reach them but through their parents.
    let policy = "SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant' AND p.polcmd = '*'
                  AND pg_get_expr(p.polqual, c.oid) ~ 'NULLIF\\(current_setting\\(''app.tenant''' AND pg_get_expr(p.polqual, c.oid) = pg_get_expr(p.polwithcheck, c.oid)";
    let without =
        column(&client, &format!("SELECT c.relname::text {TENANT_TABLES} AND NOT c.relispartition AND NOT EXISTS ({policy})")).await;
    // The outbox names executions of several tenants and has no such column; nothing else may be without.
    assert!(without.is_empty(), "without the tenant policy: {without:?}");
    let reachable = "SELECT c.relname::text FROM pg_class c, aclexplode(c.relacl) a
                     WHERE c.relispartition AND c.relnamespace = 'thaiyyal'::regnamespace AND a.grantee::regrole::text <> 'thaiyyal_owner'";
    assert!(column(&client, reachable).await.is_empty());
}

#[tokio::test]
async fn every_table_without_a_tenant_is_known() {
    let database = Database::borrow().await;
    let client = database.client().await;
    let tables = "SELECT c.relname::text FROM pg_class c
                  WHERE c.relnamespace = 'thaiyyal'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
                      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
                  ORDER BY 1";
    assert_eq!(column(&client, tables).await, ["installation", "outbox", "refinery_schema_history", "tiers", "workers"]);
}

#[tokio::test]
async fn the_roles_are_powerless_but_for_their_grants() {
    let database = Database::borrow().await;
    let client = database.client().await;
    let strong = "SELECT rolname::text FROM pg_roles WHERE rolname ~ '^thaiyyal_'
                  AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolcanlogin OR rolreplication)";
    assert!(column(&client, strong).await.is_empty());
    let foreign =
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'thaiyyal'::regnamespace AND relowner::regrole::text <> 'thaiyyal_owner'";
    assert!(column(&client, foreign).await.is_empty());
    for role in ["thaiyyal_app", "thaiyyal_dispatch", "thaiyyal_directory"] {
        let client = database.client_as(role).await;
        for forbidden in [
            "TRUNCATE executions",
            "CREATE TABLE mine (x int)",
            "ALTER TABLE run_queue DISABLE ROW LEVEL SECURITY",
            "SELECT protect('tenants')",
            "DELETE FROM executions",
            "DELETE FROM journal",
            "UPDATE executions SET input = ''",
            "SELECT * FROM executions_default",
        ] {
            let error = client.batch_execute(forbidden).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role}: {forbidden}: {error}");
        }
    }
    for (role, forbidden) in [
        ("thaiyyal_app", "SELECT * FROM outbox"),
        ("thaiyyal_app", "SELECT * FROM workers"),
        ("thaiyyal_app", "INSERT INTO tenants VALUES (gen_random_uuid(), '', now())"),
        ("thaiyyal_app", "SELECT maintain_partitions()"),
        ("thaiyyal_dispatch", "SELECT * FROM users"),
        ("thaiyyal_dispatch", "SELECT * FROM api_keys"),
        ("thaiyyal_dispatch", "SELECT name FROM workflows"),
        ("thaiyyal_dispatch", "SELECT text FROM definitions"),
        ("thaiyyal_dispatch", "UPDATE workflows SET version = 1"),
        ("thaiyyal_directory", "SELECT * FROM executions"),
        ("thaiyyal_directory", "SELECT * FROM workflows"),
        ("thaiyyal_directory", "UPDATE users SET permissions = '{*}'"),
    ] {
        let error = database.client_as(role).await.batch_execute(forbidden).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{role}: {forbidden}: {error}");
    }
}

#[tokio::test]
async fn functions_with_the_owners_rights_have_a_fixed_search_path_and_are_known() {
    let database = Database::borrow().await;
    let client = database.client().await;
    let definers = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'thaiyyal'::regnamespace AND prosecdef ORDER BY 1";
    assert_eq!(column(&client, definers).await, ["maintain_partitions"]);
    let loose = "SELECT proname::text FROM pg_proc WHERE pronamespace = 'thaiyyal'::regnamespace
                 AND NOT coalesce(proconfig::text ~ 'search_path=thaiyyal, pg_temp', false)";
    assert!(column(&client, loose).await.is_empty());
    let public = "SELECT p.proname::text FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  WHERE p.pronamespace = 'thaiyyal'::regnamespace AND a.grantee = 0 AND p.prorettype <> 'trigger'::regtype";
    assert!(column(&client, public).await.is_empty());
}

#[tokio::test]
async fn without_a_tenant_there_are_no_rows_before_and_after_a_transaction_that_had_one() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    fixture.accepted(&tenant, &workflow).await;
    let client = database.client_as("thaiyyal_app").await;
    let rows = "SELECT (SELECT count(*) FROM workflows) + (SELECT count(*) FROM executions) + (SELECT count(*) FROM run_queue)
                + (SELECT count(*) FROM users) + (SELECT count(*) FROM api_keys) + (SELECT count(*) FROM definitions)";
    assert_eq!(number(&client, rows).await, 0);
    client.batch_execute(&format!("BEGIN; SELECT set_config('app.tenant', '{}', true)", tenant.scope.tenant())).await.unwrap();
    assert_eq!(number(&client, rows).await, 6);
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(number(&client, rows).await, 0);
    let other = TenantId::mint(&SystemClock);
    client.batch_execute(&format!("BEGIN; SELECT set_config('app.tenant', '{other}', true)")).await.unwrap();
    assert_eq!(number(&client, rows).await, 0);
    let error = client
        .execute("INSERT INTO definitions (tenant_id, hash, text) VALUES ($1, sha256(''), '')", &[&tenant.scope.tenant().uuid()])
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{error}");
    // The owner of the tables is shut off as well.
    assert_eq!(number(&database.client_as("thaiyyal_owner").await, rows).await, 0);
}

#[tokio::test]
async fn a_row_that_refers_to_another_tenants_is_a_constraint_error() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let (one, other) = (fixture.tenant().await, fixture.tenant().await);
    let theirs = fixture.workflow(&other).await;
    let client = database.client().await;
    let version = client
        .execute(
            "INSERT INTO versions (tenant_id, workflow_id, number, hash, created_by, created_at) VALUES ($1, $2, 9, $3, $4, now())",
            &[&one.scope.tenant().uuid(), &theirs.summary.id.uuid(), &theirs.summary.hash.0.as_slice(), &one.owner.uuid()],
        )
        .await
        .unwrap_err();
    assert_eq!(version.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{version}");
    // Every foreign key to what belongs to tenants begins with the tenant.
    let loose = "SELECT conname::text FROM pg_constraint
                 WHERE connamespace = 'thaiyyal'::regnamespace AND contype = 'f' AND confrelid <> 'thaiyyal.tiers'::regclass AND NOT EXISTS (
                     SELECT FROM pg_attribute a WHERE a.attrelid = conrelid AND a.attnum = conkey[1] AND a.attname = 'tenant_id'
                 )";
    assert!(column(&client, loose).await.is_empty());
}

#[tokio::test]
async fn an_end_is_final_even_for_someone_who_may_do_everything() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let end = thaiyyal_store::conformance::fixture::running::finish(
        thaiyyal_store::conformance::fixture::running::lease(&claimed),
        fixture.now(),
    );
    fixture.storage.dispatch.finish(&[end]).await.unwrap();
    let client = database.client().await;
    for status in ["queued", "waiting", "failed", "cancelled"] {
        let error = client.execute("UPDATE executions SET status = $1", &[&status]).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{error}");
    }
    client.execute("UPDATE executions SET output = NULL", &[]).await.unwrap();
    let unknown = client.execute("UPDATE executions SET status = 'running'", &[]).await.unwrap_err();
    assert_eq!(unknown.code(), Some(&SqlState::CHECK_VIOLATION));
}

#[tokio::test]
async fn one_execution_id_cannot_be_queued_for_two_tenants() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution: ExecutionId = fixture.accepted(&tenant, &workflow).await;
    let client = database.client().await;
    let twice = "INSERT INTO run_queue (execution_id, tenant_id, epoch, available_at, hinted_at, shard, priority, state)
                 VALUES ($1, gen_random_uuid(), 0, now(), now(), 0, 'normal', 'ready')";
    let error = client.execute(twice, &[&execution.uuid()]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    assert!(fixture.clock.now() > fixture.find(&tenant, execution).await.summary.created_at);
}
