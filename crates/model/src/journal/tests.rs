use jiff::Timestamp;

use super::*;
use crate::{Limits, Reason};

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
    let bytes = encode(&records, None);
    assert_eq!(bytes[0], b'[');
    assert_eq!(decode(&bytes).unwrap().records, records);
    assert_eq!(decode(&encode(&[], None)).unwrap().records, []);
}

#[test]
fn long_segments_are_compressed() {
    let records: Vec<_> = (0..1000).map(|n| record(n, "node", &[], ended(Some(Value::from("x".repeat(50)))))).collect();
    let bytes = encode(&records, None);
    assert!(bytes[0] == COMPRESSED_MARK && bytes.len() < 20_000, "{}", bytes.len());
    assert_eq!(decode(&bytes).unwrap().records, records);
}

const COMPRESSED_MARK: u8 = 1;

#[test]
fn an_output_of_null_is_an_output() {
    let records = [record(1, "a", &[], ended(Some(Value::Null)))];
    assert_eq!(decode(&encode(&records, None)).unwrap().records, records);
}

#[test]
fn deep_values_read_back() {
    let deep = (0..Value::MAX_DEPTH).fold(Value::from(1), |inner, _| Value::from(vec![inner]));
    let records = [record(1, "a", &[], ended(Some(deep)))];
    assert_eq!(decode(&encode(&records, None)).unwrap().records, records);
}

#[test]
fn damage_is_an_error() {
    let long = encode(&(0..1000).map(|n| record(n, "node", &[], ended(None))).collect::<Vec<_>>(), None);
    for bytes in [&[][..], &[1, 0], &[1, 255, 255, 255, 255, 0], b"[{}]", b"{", &long[..long.len() - 1], &[7]] {
        assert!(decode(bytes).is_err());
    }
}

fn large() -> Value {
    let chunk = crate::Chunk { hash: crate::ObjectHash::of(b"1\n2\n"), bytes: 4, items: 2 };
    crate::Large::new(crate::Form::Array, vec![chunk]).into()
}

#[test]
fn what_is_in_the_object_store_is_read_back_beside_what_looks_like_it() {
    let lookalike = Value::from_json(br#"{"kept":[{"path":"/a","form":"text","chunks":[]}],"records":[]}"#).unwrap();
    let output = crate::Map::from_pairs([("filtered", large()), ("own", lookalike)]).into();
    let mut records = every_kind();
    records.push(record(6, "d", &[], ended(Some(output))));
    let whole = RecordKind::Ended {
        status: StepStatus::Succeeded,
        started_at: Timestamp::UNIX_EPOCH,
        output: Some(large()),
        error: None,
        answer: Some(large()),
    };
    records.push(record(7, "e", &[], whole));
    let bytes = encode(&records, None);
    assert_eq!(decode(&bytes).unwrap().records, records);
    // A program that knows nothing of the object store refuses the segment instead of taking null for the value.
    let json = if bytes[0] == COMPRESSED_MARK { lz4_flex::block::decompress(&bytes[5..], 100_000).unwrap() } else { bytes };
    assert_eq!(json[0], b'{');
}

#[test]
fn a_single_value_is_read_back_with_what_is_in_the_object_store() {
    let value: Value = crate::Map::from_pairs([("a", large()), ("b", Value::from(1))]).into();
    let bytes = encode_value(&value);
    assert!(has_kept(&bytes));
    assert_eq!(decode_value(&bytes).unwrap(), value);
    let plain = Value::from_json(br#"{"value":1,"kept":[]}"#).unwrap();
    assert!(!has_kept(&encode_value(&plain)));
    assert_eq!(decode_value(&encode_value(&plain)).unwrap(), plain);
}

#[test]
fn a_part_of_a_record_that_is_not_there_is_an_error() {
    let json = br#"{"records":[],"kept":[{"record":0,"field":"output","path":"","form":"text","chunks":[]}]}"#;
    assert!(matches!(decode(json), Err(DecodeError::Kept)));
}

#[test]
fn the_first_segment_tells_the_limits_of_the_execution() {
    let limits = Limits { max_nodes: 7, max_calls: None, ..Limits::default() };
    let records = vec![record(1, "node", &[], ended(None))];
    let decoded = decode(&encode(&records, Some(&limits))).unwrap();
    assert_eq!(decoded, Decoded { records: records.clone(), limits: Some(limits) });
    assert_eq!(decode(&encode(&records, None)).unwrap(), Decoded { records, limits: None });
}
