use rusqlite::Connection;
use thaiyyal_model::ExecutionStatus;

use super::{SOURCE, SUMMARY, in_status};
use crate::admin;

/// How SQLite reads the executions of a tenant that are in `status`, newest first.
fn plan(connection: &Connection, status: ExecutionStatus) -> String {
    let sql = format!("EXPLAIN QUERY PLAN SELECT {SUMMARY} FROM {SOURCE} WHERE e.tenant_id = ?1{} ORDER BY e.id DESC", in_status(status));
    let steps =
        connection.prepare(&sql).unwrap().query_map([[0; 16]], |row| row.get::<_, String>(3)).unwrap().collect::<Result<Vec<_>, _>>();
    steps.unwrap().join("\n")
}

#[test]
fn a_list_by_status_reads_no_more_than_it_shows() {
    let mut connection = Connection::open_in_memory().unwrap();
    admin::migrate(&mut connection).unwrap();
    for (status, index) in [
        (ExecutionStatus::Queued, "executions_unfinished"),
        (ExecutionStatus::Running, "executions_unfinished"),
        (ExecutionStatus::Waiting, "executions_unfinished"),
        (ExecutionStatus::Failed, "executions_unsuccessful"),
        (ExecutionStatus::Cancelled, "executions_unsuccessful"),
        (ExecutionStatus::TimedOut, "executions_unsuccessful"),
    ] {
        let plan = plan(&connection, status);
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{status}: {plan}");
    }
}
