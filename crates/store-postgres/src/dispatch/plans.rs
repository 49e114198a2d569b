//! How the server finds the rows of the hot path: by key, whatever it knows or believes to know about the tables.

use tokio_postgres::Client;

use crate::{
    Settings,
    database::{Database, client, url},
    pool::{Role, session},
};

/// The statements whose cost must not grow with the tables, and how many parameters they have.
const STATEMENTS: &[(&str, &str, usize)] = &[
    ("accept", include_str!("accept.sql"), 25),
    ("abandon", include_str!("abandon.sql"), 2),
    ("stop_abandoned", include_str!("stop_abandoned.sql"), 1),
    ("replays", include_str!("replays.sql"), 4),
    ("claim", include_str!("claim.sql"), 2),
    ("claim_overdue", include_str!("claim_overdue.sql"), 5),
    ("journals", include_str!("journals.sql"), 2),
    ("append", include_str!("append.sql"), 8),
    ("finish", include_str!("finish.sql"), 10),
    ("suspend", include_str!("suspend.sql"), 9),
    ("ask", include_str!("ask.sql"), 11),
    ("deliver", include_str!("deliver.sql"), 1),
    ("inboxes", include_str!("inboxes.sql"), 2),
    ("release", include_str!("release.sql"), 6),
    ("confirm", include_str!("confirm.sql"), 1),
    ("unpublished", include_str!("unpublished.sql"), 2),
    ("heartbeat", include_str!("heartbeat.sql"), 9),
    ("wake", include_str!("wake.sql"), 1),
    ("sweep", include_str!("sweep.sql"), 3),
    ("set_windows", include_str!("set_windows.sql"), 2),
    ("top_up", include_str!("top_up.sql"), 2),
    ("repair", include_str!("repair.sql"), 3),
    ("forget_keys", include_str!("../admin/forget_keys.sql"), 1),
];

/// By what rows of a table may be found: one of these sets of conditions.
const KEYS: &[(&str, &[&[&str]])] = &[
    ("executions", &[&["(tenant_id = ANY", "(id >=", "(id <="]]),
    ("journal", &[&["(tenant_id = ANY", "(execution_id >=", "(execution_id <="]]),
    ("run_queue", &[&["(execution_id = ANY"], &["(shard =", "(hinted_at <"], &["(tenant_id ="]]),
    // The last is the index of abandoned ones.
    ("children", &[&["(child_id = ANY"], &["(parent_id = ANY"], &["(child_id >"]]),
    ("closed_windows", &[&["(tenant_id = ANY"]]),
    ("signals", &[&["(tenant_id = ANY", "(execution_id >=", "(execution_id <="], &["(seq >"]]),
    ("approvals", &[&["(ROW(tenant_id, execution_id, step, attempt) >=", "(ROW(tenant_id, execution_id, step, attempt) <="]]),
    ("timers", &[&["(due_at = ANY", "(execution_id >=", "(execution_id <="], &["(due_at <="]]),
    ("outbox", &[&["(id = ANY"], &["(attempted_at <"]]),
    ("workers", &[&["(id ="]]),
    ("tenants", &[&["(tenant_id = ANY"]]),
    ("tiers", &[&["(name = ANY"]]),
    ("workflows", &[&["(tenant_id = ANY", "(id >=", "(id <="]]),
    ("versions", &[&["(ROW(tenant_id, workflow_id, number) >=", "(ROW(tenant_id, workflow_id, number) <="]]),
    ("idempotency_keys", &[&["(ROW(tenant_id, route, key) >=", "(ROW(tenant_id, route, key) <="], &["(created_at <="]]),
];

#[tokio::test]
async fn rows_are_found_by_key_whatever_the_statistics_say() {
    let database = Database::create().await;
    let owner = client(&url(&database.name)).await;
    let app = client(&url(&database.name)).await;
    app.batch_execute(&session(&Settings::default(), Role::Dispatch)).await.unwrap();
    for (name, sql, _) in STATEMENTS {
        app.batch_execute(&format!("PREPARE {name} AS {sql}")).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    }

    found_by_key(&app, "on empty tables").await;
    owner.batch_execute("SET search_path = thaiyyal; ANALYZE").await.unwrap();
    found_by_key(&app, "with statistics of empty tables").await;
    fill(&owner).await;
    app.batch_execute("DISCARD PLANS").await.unwrap();
    found_by_key(&app, "on full tables with statistics of empty ones").await;
    owner.batch_execute("ANALYZE").await.unwrap();
    found_by_key(&app, "with statistics of full tables").await;
    owner.batch_execute("DELETE FROM run_queue; DELETE FROM timers; DELETE FROM outbox").await.unwrap();
    owner.batch_execute("VACUUM ANALYZE run_queue, timers, outbox").await.unwrap();
    app.batch_execute("DISCARD PLANS").await.unwrap();
    found_by_key(&app, "on emptied tables").await;
}

/// 100,000 executions of one workflow in all states.
async fn fill(owner: &Client) {
    owner
        .batch_execute(
            "CREATE TEMPORARY TABLE made AS
                 SELECT n, uuid_in(overlay(overlay(md5(n::text) placing left(replace(uuid_floor(now())::text, '-', ''), 12) from 1 for 12)
                     placing '7' from 13 for 1)::cstring) AS id
                 FROM generate_series(1, 100000) n;
             INSERT INTO executions (tenant_id, id, workflow_id, definition, status, trigger, priority, shard, created_at, input, wake_at)
                 SELECT 'c0000000-0000-7000-8000-000000000000', id, 'c0000000-0000-7000-8000-000000000001', '', CASE n % 3 WHEN 0 THEN
                     'queued' WHEN 1 THEN 'waiting' ELSE 'succeeded' END, 'api', 'normal', 0, now(), '', now()
                 FROM made;
             INSERT INTO run_queue (execution_id, tenant_id, epoch, available_at, hinted_at, shard, priority, state)
                 SELECT id, 'c0000000-0000-7000-8000-000000000000', 0, now(), now(), 0, 'normal', 'ready' FROM made WHERE n % 3 = 0;
             INSERT INTO timers (due_at, execution_id, tenant_id)
                 SELECT now() + n * interval '10 seconds', id, 'c0000000-0000-7000-8000-000000000000' FROM made WHERE n % 3 = 1;
             INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
                 SELECT 'c0000000-0000-7000-8000-000000000000', id, 1, 1, 1, '' FROM made;
             INSERT INTO outbox (shard, priority, executions) SELECT 0, 'normal', ARRAY[id] FROM made WHERE n % 10 = 0;",
        )
        .await
        .unwrap();
}

async fn found_by_key(app: &Client, when: &str) {
    for (name, _, parameters) in STATEMENTS {
        let nulls = vec!["NULL"; *parameters].join(", ");
        let rows = app.query(&format!("EXPLAIN EXECUTE {name} ({nulls})"), &[]).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let mistakes = mistakes(&plan);
        assert!(mistakes.is_empty(), "{name} {when}: {mistakes:#?}\n{}", plan.join("\n"));
    }
}

fn mistakes(plan: &[String]) -> Vec<String> {
    let mut mistakes: Vec<_> = plan
        .iter()
        .filter(|line| ["Seq Scan", "Bitmap", "Hash Join", "Merge Join"].iter().any(|bad| line.contains(bad)))
        .cloned()
        .collect();
    for (place, line) in plan.iter().enumerate().filter(|(_, line)| line.contains("Index Scan") || line.contains("Index Only Scan")) {
        let table = line.split(" on ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
        let Some((_, keys)) = KEYS.iter().find(|(name, _)| table.starts_with(name)) else {
            mistakes.push(format!("no key is known for {table}"));
            continue;
        };
        let condition = plan.get(place + 1).map(|next| next.trim()).filter(|next| next.starts_with("Index Cond:")).unwrap_or_default();
        if !keys.iter().any(|key| key.iter().all(|part| condition.contains(part))) {
            mistakes.push(format!("{table} is not looked up by its key: {condition}"));
        }
    }
    mistakes
}
