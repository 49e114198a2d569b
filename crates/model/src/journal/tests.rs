use jiff::Timestamp;

use super::*;
use crate::Reason;

fn record(seq: u64, node: &str, iteration: &[u32], kind: RecordKind) -> Record {
    Record {
        seq: Seq(seq),
        at: Timestamp::UNIX_EPOCH,
        step: StepId { node_id: node.into(), iteration: Iteration(iteration.to_vec()) },
        node_type: "http".into(),
        attempt: 1,
        kind,
    }
}

fn ended(output: Option<Value>) -> RecordKind {
    RecordKind::Ended { status: StepStatus::Succeeded, started_at: Timestamp::UNIX_EPOCH, output, error: None, answer: None }
}

fn every_kind() -> Vec<Record> {
    let nul = Value::from_json_lossless(br#"{"a\u0000":[1,2.5,-0.0,"x\u0000",null,true]}"#).unwrap();
    let failure = Failure::new("refused", "no").at("a").with_details(nul.clone());
    vec![
        record(1, "a", &[], RecordKind::Started { input: Some(nul.clone()) }),
        record(2, "b", &[2, 0], RecordKind::Waiting { reason: Reason::Timer, until: Some(Timestamp::UNIX_EPOCH), signal: None }),
        record(3, "a", &[], ended(Some(nul.clone()))),
        record(4, "c", &[], ended(Some(Value::from(1)))),
        record(
            5,
            "a",
            &[],
            RecordKind::Ended {
                status: StepStatus::Failed,
                started_at: Timestamp::UNIX_EPOCH,
                output: None,
                error: Some(failure),
                answer: Some(nul),
            },
        ),
    ]
}

#[test]
fn records_read_back_as_they_were_written() {
    let records = every_kind();
    let bytes = encode(&records);
    assert_eq!(bytes[0], b'[');
    assert_eq!(decode(&bytes).unwrap(), records);
    assert_eq!(decode(&encode(&[])).unwrap(), []);
}

#[test]
fn long_segments_are_compressed() {
    let records: Vec<_> = (0..1000).map(|n| record(n, "node", &[], ended(Some(Value::from("x".repeat(50)))))).collect();
    let bytes = encode(&records);
    assert!(bytes[0] == COMPRESSED_MARK && bytes.len() < 20_000, "{}", bytes.len());
    assert_eq!(decode(&bytes).unwrap(), records);
}

const COMPRESSED_MARK: u8 = 1;

#[test]
fn an_output_of_null_is_an_output() {
    let records = [record(1, "a", &[], ended(Some(Value::Null)))];
    assert_eq!(decode(&encode(&records)).unwrap(), records);
}

#[test]
fn deep_values_read_back() {
    let deep = (0..Value::MAX_DEPTH).fold(Value::from(1), |inner, _| Value::from(vec![inner]));
    let records = [record(1, "a", &[], ended(Some(deep)))];
    assert_eq!(decode(&encode(&records)).unwrap(), records);
}

#[test]
fn damage_is_an_error() {
    let long = encode(&(0..1000).map(|n| record(n, "node", &[], ended(None))).collect::<Vec<_>>());
    for bytes in [&[][..], &[1, 0], &[1, 255, 255, 255, 255, 0], b"[{}]", b"{", &long[..long.len() - 1], &[7]] {
        assert!(decode(bytes).is_err());
    }
}
