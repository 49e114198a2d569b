use std::{sync::Mutex, time::Duration};

use tokio::time::Instant;

use super::*;

fn trusted() -> Trust {
    let trust = Trust::new();
    trust.renew(Instant::now(), Duration::from_secs(60));
    trust
}

fn away() -> Error {
    Error::Unavailable("gone".into())
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_sat_out() {
    let tries = Mutex::new(0);
    let write = |items: &[u32]| -> BoxFuture<'_, _> {
        *tries.lock().unwrap() += 1;
        let answer = if *tries.lock().unwrap() < 4 { Err(away()) } else { Ok(vec![Written::Yes; items.len()]) };
        Box::pin(async { answer })
    };
    let wrote = persist(&trusted(), "test", &[1, 2], write).await.unwrap();
    assert_eq!(wrote.items, [Wrote::Yes, Wrote::Yes]);
    assert!(!wrote.is_repeated);
}

#[tokio::test(start_paused = true)]
async fn an_outage_longer_than_the_trust_ends_the_batch() {
    let write = |_: &[u32]| -> BoxFuture<'_, _> { Box::pin(async { Err(away()) }) };
    assert!(persist(&trusted(), "test", &[1], write).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_written_without_trust() {
    let write = |_: &[u32]| -> BoxFuture<'_, _> { panic!("written without trust") };
    assert!(persist(&Trust::new(), "test", &[1], write).await.is_err());
}

#[tokio::test]
async fn one_item_the_database_will_not_take_does_no_harm_to_the_others() {
    let write = |items: &[u32]| -> BoxFuture<'_, _> {
        let answer =
            if items.contains(&4) { Err(Error::Internal("no fours".into())) } else { Ok(items.iter().map(|_| Written::Yes).collect()) };
        Box::pin(async { answer })
    };
    let wrote = persist(&trusted(), "test", &[1, 2, 3, 4, 5, 6, 7], write).await.unwrap();
    let refused: Vec<_> = wrote.items.iter().map(|item| *item == Wrote::Refused).collect();
    assert_eq!(refused, [false, false, false, true, false, false, false]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_remembered() {
    let tries = Mutex::new(0);
    let write = |items: &[u32]| -> BoxFuture<'_, _> {
        *tries.lock().unwrap() += 1;
        let answer = if *tries.lock().unwrap() == 1 { Err(Error::Unknown("cut".into())) } else { Ok(vec![Written::Fenced; items.len()]) };
        Box::pin(async { answer })
    };
    let wrote = persist(&trusted(), "test", &[1], write).await.unwrap();
    assert!(wrote.is_repeated);
    assert_eq!(wrote.items, [Wrote::Fenced]);
}
