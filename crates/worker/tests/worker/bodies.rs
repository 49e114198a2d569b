use thaiyyal_model::{ExecutionStatus, Iteration, Reason};

use super::stage::Stage;

/// A definition of these nodes, `id:type{settings}`, and edges, `source>target` or `source.handle>target`.
fn graph(nodes: &[&str], edges: &[&str]) -> String {
    let node = |text: &&str| {
        let (id, rest) = text.split_once(':').unwrap();
        let (node_type, data) = rest.find('{').map_or((rest, "{}"), |at| rest.split_at(at));
        format!(r#"{{"id":"{id}","type":"{node_type}","data":{data}}}"#)
    };
    let edge = |text: &&str| {
        let (source, target) = text.split_once('>').unwrap();
        let (source, handle) = source.split_once('.').unwrap_or((source, ""));
        format!(r#"{{"source":"{source}","target":"{target}","sourceHandle":"{handle}"}}"#)
    };
    let (nodes, edges): (Vec<String>, Vec<String>) = (nodes.iter().map(node).collect(), edges.iter().map(edge).collect());
    format!(r#"{{"nodes":[{}],"edges":[{}]}}"#, nodes.join(","), edges.join(","))
}

#[tokio::test]
async fn a_branch_that_is_not_waited_for_is_stopped_while_the_execution_goes_on() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let settings = r#"{"branches":["l","r"],"wait_for":"first"}"#;
    let nodes = ["n:number{\"value\":1}", &format!("p:parallel{settings}"), "a:ask", "b:ask", "z:ask"];
    let execution = stage.accept_one(&graph(&nodes, &["n>p", "p.l>a", "p.r>b", "p.done>z"])).await;
    let (first, second) = (stage.world.asked().await, stage.world.asked().await);
    let (a, mut b) = if first.node() == "a" { (first, second) } else { (second, first) };
    a.done("quick");
    b.abandoned().await;
    assert!(b.call.cancelled.is_cancelled());
    let z = stage.world.asked().await;
    assert_eq!(z.node(), "z");
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Running);
    z.done("after");
    assert_eq!(stage.output(execution).await, "\"after\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn after_a_crash_a_loop_goes_on_at_the_element_it_was_at() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let nodes = ["r:range{\"start\":1,\"end\":3}", "f:for_each", "a:ask", "e:expression{\"expression\":\"input.results\"}"];
    let execution = stage.accept_one(&graph(&nodes, &["r>f", "f.body>a", "f.done>e"])).await;
    stage.world.asked().await.done("one");
    let second = stage.world.asked().await;
    assert_eq!(second.call.step.iteration, Iteration(vec![1]));
    let key = second.call.idempotency_key.clone();
    first.kill(&stage).await;
    drop(second);

    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
    let _other = stage.worker();
    stage.hint_again().await;
    let again = stage.world.asked().await;
    assert_eq!((again.call.step.iteration.clone(), &again.call.idempotency_key), (Iteration(vec![1]), &key));
    again.done("two");
    let third = stage.world.asked().await;
    assert_ne!(third.call.idempotency_key, key);
    third.done("three");
    assert_eq!(stage.output(execution).await, r#"["one","two","three"]"#);
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn the_pause_of_a_retry_gives_the_lease_back() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let nodes = ["n:number{\"value\":1}", "r:retry{\"max_attempts\":2,\"initial_delay\":\"10m\",\"max_delay\":\"10m\"}", "a:ask"];
    let execution = stage.accept_one(&graph(&nodes, &["n>r", "r.body>a"])).await;
    let first = stage.world.asked().await;
    let key = first.call.idempotency_key.clone();
    first.may_pass();
    let waiting = stage.reached(execution, ExecutionStatus::Waiting).await;
    assert_eq!(waiting.summary.reason, Some(Reason::BackOff));
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 0);
    stage.pass(601);
    stage.fire_timers().await;
    let second = stage.world.asked().await;
    assert_eq!(second.call.step.iteration, Iteration(vec![1]));
    assert_eq!(second.call.idempotency_key, key, "another attempt asks for the same");
    second.done(5);
    assert_eq!(stage.output(execution).await, r#"{"attempts":2,"success":true,"value":5}"#);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_timeout_stops_the_call_in_its_body() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let nodes = ["n:number{\"value\":1}", "t:timeout{\"timeout\":\"20ms\",\"timeout_action\":\"continue_with_partial\"}", "a:ask", "z:ask"];
    let execution = stage.accept_one(&graph(&nodes, &["n>t", "t.body>a", "t.done>z"])).await;
    let mut a = stage.world.asked().await;
    stage.pass(1);
    a.abandoned().await;
    let z = stage.world.asked().await;
    assert_eq!(z.call.inputs[0].get("timed_out").and_then(thaiyyal_model::Value::as_bool), Some(true));
    z.done(1);
    stage.output(execution).await;
    stage.is_clean().await;
}
