use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use thaiyyal_model::Value;

use super::{Body, Function, Param};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

const DATE: &str = "date-time, text of one, or Unix seconds";

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "now",
        aliases: &[],
        receiver: None,
        params: &[],
        returns: "date-time",
        summary: "The time of the execution's current step; the same when the execution is replayed.",
        examples: &[("isNull(now())", "false")],
        body: Body::Function(|eval, _| Ok(Operand::Date(eval.scope.now))),
    },
    Function {
        name: "parseDate",
        aliases: &["toDate"],
        receiver: None,
        params: &[Param::one("x", DATE)],
        returns: "date-time",
        summary: "Reads RFC 3339, RFC 822, RFC 1123, `YYYY-MM-DD`, `YYYY-MM-DD hh:mm:ss` and `YYYY-MM-DDThh:mm:ss` (without a zone: UTC), or a number of Unix seconds.",
        examples: &[
            ("parseDate('2024-01-02')", "\"2024-01-02T00:00:00Z\""),
            ("parseDate('Tue, 02 Jan 2024 03:04:05 GMT')", "\"2024-01-02T03:04:05Z\""),
            ("parseDate(0)", "\"1970-01-01T00:00:00Z\""),
        ],
        body: Body::Function(|eval, call| eval.arg_date(call, 0).map(Operand::Date)),
    },
    Function {
        name: "toEpoch",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "Whole Unix seconds.",
        examples: &[("toEpoch('1970-01-02')", "86400")],
        body: Body::Function(|eval, call| Ok(whole(eval.arg_date(call, 0)?, 1_000_000_000))),
    },
    Function {
        name: "toEpochMillis",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "Whole Unix milliseconds.",
        examples: &[("toEpochMillis('1970-01-01T00:00:00.25Z')", "250")],
        body: Body::Function(|eval, call| Ok(whole(eval.arg_date(call, 0)?, 1_000_000))),
    },
    Function {
        name: "fromEpoch",
        aliases: &[],
        receiver: None,
        params: &[Param::one("seconds", "number")],
        returns: "date-time",
        summary: "The time of that many Unix seconds; a fraction is dropped.",
        examples: &[("fromEpoch(86400.9)", "\"1970-01-02T00:00:00Z\"")],
        body: Body::Function(|eval, call| {
            let seconds = eval.arg_number(call, 0)?;
            date(Timestamp::from_second(seconds as i64).ok(), call)
        }),
    },
    Function {
        name: "fromEpochMillis",
        aliases: &[],
        receiver: None,
        params: &[Param::one("milliseconds", "number")],
        returns: "date-time",
        summary: "The time of that many Unix milliseconds; a fraction is dropped.",
        examples: &[("fromEpochMillis(1500)", "\"1970-01-01T00:00:01.5Z\"")],
        body: Body::Function(|eval, call| {
            let milliseconds = eval.arg_number(call, 0)?;
            date(Timestamp::from_millisecond(milliseconds as i64).ok(), call)
        }),
    },
    Function {
        name: "dateDiff",
        aliases: &[],
        receiver: None,
        params: &[Param::one("a", DATE), Param::one("b", DATE)],
        returns: "number",
        summary: "Seconds from b to a, with a fraction; negative when a is earlier.",
        examples: &[("dateDiff('2024-01-02', '2024-01-01')", "86400"), ("dateDiff(fromEpochMillis(500), 1)", "-0.5")],
        body: Body::Function(|eval, call| {
            let (a, b) = (eval.arg_date(call, 0)?, eval.arg_date(call, 1)?);
            Ok(a.duration_since(b).as_secs_f64().into())
        }),
    },
    Function {
        name: "dateAdd",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::one("seconds", "number")],
        returns: "date-time",
        summary: "That many seconds later; a fraction is dropped, a negative number goes back.",
        examples: &[("dateAdd('2024-02-28', 86400)", "\"2024-02-29T00:00:00Z\"")],
        body: Body::Function(date_add),
    },
    Function {
        name: "year",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The year, in UTC.",
        examples: &[("year('2024-01-02')", "2024")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.year().into())),
    },
    Function {
        name: "month",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The month from 1 to 12, in UTC.",
        examples: &[("month('2024-12-31')", "12")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.month().into())),
    },
    Function {
        name: "day",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The day of the month from 1, in UTC.",
        examples: &[("day('2024-12-31')", "31")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.day().into())),
    },
    Function {
        name: "hour",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The hour from 0 to 23, in UTC.",
        examples: &[("hour('2024-01-01T23:30:00+02:00')", "21")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.hour().into())),
    },
    Function {
        name: "minute",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The minute from 0 to 59.",
        examples: &[("minute('2024-01-01 10:42:00')", "42")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.minute().into())),
    },
];

/// A date-time, the text of one, or Unix seconds.
pub(crate) fn read(operand: &Operand<'_>) -> Option<Timestamp> {
    match operand {
        Operand::Date(date) => Some(*date),
        other => match other.value()? {
            Value::Number(seconds) => Timestamp::from_duration(SignedDuration::try_from_secs_f64(*seconds).ok()?).ok(),
            Value::String(text) => parse(text),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
        },
    }
}

/// The longest text that can be a date.
const LONGEST: usize = 64;

fn parse(text: &str) -> Option<Timestamp> {
    static RFC_2822: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if text.len() > LONGEST || text.contains('[') {
        return None;
    }
    // The library also reads forms without dashes, which are more likely numbers.
    let iso = text.as_bytes().get(4) == Some(&b'-');
    if !iso {
        return RFC_2822.parse_timestamp(text).ok();
    }
    text.parse::<Timestamp>().ok().or_else(|| Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

fn date<'v>(date: Option<Timestamp>, call: &Call) -> Outcome<'v> {
    date.map(Operand::Date).ok_or_else(|| Cause::BadArgument("the date is out of range").at(call.span))
}

/// Whole units of that many nanoseconds since 1970, rounded down.
fn whole<'v>(date: Timestamp, unit: i128) -> Operand<'v> {
    Operand::from(date.as_nanosecond().div_euclid(unit) as f64)
}

fn date_add<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let start = eval.arg_date(call, 0)?;
    let seconds = eval.arg_number(call, 1)?;
    date(start.checked_add(SignedDuration::from_secs(seconds as i64)).ok(), call)
}

fn field<'v>(eval: &mut Evaluator<'v>, call: &'v Call, pick: fn(DateTime) -> f64) -> Outcome<'v> {
    let date = eval.arg_date(call, 0)?;
    Ok(pick(Offset::UTC.to_datetime(date)).into())
}
