use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use thaiyyal_model::{Str, Value};

use super::calendar::{self, Unit};
use super::{Body, Function, Param};
use crate::error::{Cause, Fault};
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

const DATE: &str = "date-time, text of one, or Unix seconds";
const ZONE: &str = "name of a time zone (`Asia/Bangkok`) or offset (`+07:00`); UTC when it is left out or null";
const UNIT: &str = "'seconds', 'minutes', 'hours', 'days', 'weeks', 'months' or 'years', with or without the s";

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
        params: &[Param::one("x", DATE), Param::optional("format", "strftime directives, or null"), Param::optional("zone", ZONE)],
        returns: "date-time",
        summary: "Reads RFC 3339, RFC 822, RFC 1123, `YYYY-MM-DD`, `YYYY-MM-DD hh:mm:ss` and `YYYY-MM-DDThh:mm:ss`, or a number of Unix seconds; with a format what is written in that. The zone counts for texts that tell none.",
        examples: &[
            ("parseDate('2024-01-02')", "\"2024-01-02T00:00:00Z\""),
            ("parseDate('Tue, 02 Jan 2024 03:04:05 GMT')", "\"2024-01-02T03:04:05Z\""),
            ("parseDate(0)", "\"1970-01-01T00:00:00Z\""),
            ("parseDate('2024-07-01 12:00:00', null, 'Asia/Bangkok')", "\"2024-07-01T05:00:00Z\""),
            ("parseDate('1.2.2024', '%d.%m.%Y')", "\"2024-02-01T00:00:00Z\""),
        ],
        body: Body::Function(parse_date),
    },
    Function {
        name: "formatDate",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::one("format", "strftime directives"), Param::optional("zone", ZONE)],
        returns: "text",
        summary: "The date as text: `%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute, `%S` second, `%A` and `%a` weekday, `%B` and `%b` month by name, `%j` day of the year, `%V` ISO week, `%z` and `%:z` offset, `%Z` abbreviation, `%s` Unix seconds, and the others of strftime.",
        examples: &[
            ("formatDate('2024-07-01T05:00:00Z', '%Y-%m-%d %H:%M %Z', 'America/New_York')", "\"2024-07-01 01:00 EDT\""),
            ("formatDate('2024-07-01', '%A, %-d %B')", "\"Monday, 1 July\""),
        ],
        body: Body::Function(format_date),
    },
    Function {
        name: "inZone",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::one("zone", ZONE)],
        returns: "text",
        summary: "The date as RFC 3339 with the zone's offset.",
        examples: &[("inZone('2024-07-01T05:00:00Z', 'Asia/Bangkok')", "\"2024-07-01T12:00:00+07:00\"")],
        body: Body::Function(|eval, call| {
            let zoned = zoned(eval, call, 0, 1)?;
            let offset = zoned.offset();
            Ok(Str::from(zoned.timestamp().display_with_offset(offset).to_string()).into())
        }),
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
        params: &[Param::one("a", DATE), Param::one("b", DATE), Param::optional("unit", UNIT)],
        returns: "number",
        summary: "The time from b to a, in seconds or another unit; negative when a is earlier. With a fraction, a day being 24 hours; months and years are whole ones of the calendar, in UTC.",
        examples: &[
            ("dateDiff('2024-01-02', '2024-01-01')", "86400"),
            ("dateDiff(fromEpochMillis(500), 1)", "-0.5"),
            ("dateDiff('2024-01-02T12:00:00Z', '2024-01-01', 'days')", "1.5"),
            ("dateDiff('2024-03-30', '2024-01-31', 'months')", "1"),
        ],
        body: Body::Function(date_diff),
    },
    Function {
        name: "dateAdd",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::one("amount", "number"), Param::optional("unit", UNIT), Param::optional("zone", ZONE)],
        returns: "date-time",
        summary: "That many seconds or other units later; a fraction is dropped, a negative number goes back. Days, weeks, months and years are those of the zone's calendar: a day may have 23 or 25 hours, and a month later than 31 January is the last of February.",
        examples: &[
            ("dateAdd('2024-02-28', 86400)", "\"2024-02-29T00:00:00Z\""),
            ("dateAdd('2024-01-31', 1, 'month')", "\"2024-02-29T00:00:00Z\""),
            ("dateAdd('2024-03-30T12:00:00Z', 1, 'day', 'Europe/Berlin')", "\"2024-03-31T11:00:00Z\""),
        ],
        body: Body::Function(date_add),
    },
    Function {
        name: "startOf",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::one("unit", UNIT), Param::optional("zone", ZONE)],
        returns: "date-time",
        summary: "The beginning of the second, minute, hour, day, week (Monday), month or year that the date is in.",
        examples: &[
            ("startOf('2024-07-03T15:30:00Z', 'month')", "\"2024-07-01T00:00:00Z\""),
            ("startOf('2024-07-03T20:30:00Z', 'day', 'Asia/Bangkok')", "\"2024-07-03T17:00:00Z\""),
        ],
        body: Body::Function(|eval, call| {
            let (unit, zoned) = (unit(eval, call, 1)?, zoned(eval, call, 0, 2)?);
            date(calendar::start_of(&zoned, unit.unwrap_or(Unit::Day)), call)
        }),
    },
    Function {
        name: "year",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The year, in UTC or another zone.",
        examples: &[("year('2024-01-02')", "2024")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.year().into())),
    },
    Function {
        name: "month",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The month from 1 to 12, in UTC or another zone.",
        examples: &[("month('2024-12-31')", "12")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.month().into())),
    },
    Function {
        name: "day",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The day of the month from 1, in UTC or another zone.",
        examples: &[("day('2024-12-31')", "31")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.day().into())),
    },
    Function {
        name: "hour",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The hour from 0 to 23, in UTC or another zone.",
        examples: &[("hour('2024-01-01T23:30:00+02:00')", "21"), ("hour('2024-01-01', 'Asia/Bangkok')", "7")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.hour().into())),
    },
    Function {
        name: "minute",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The minute from 0 to 59.",
        examples: &[("minute('2024-01-01 10:42:00')", "42")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.minute().into())),
    },
    Function {
        name: "second",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE)],
        returns: "number",
        summary: "The whole second from 0 to 59.",
        examples: &[("second('2024-01-01 10:42:07')", "7")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.second().into())),
    },
    Function {
        name: "weekday",
        aliases: &[],
        receiver: None,
        params: &[Param::one("date", DATE), Param::optional("zone", ZONE)],
        returns: "number",
        summary: "The day of the week from 1 (Monday) to 7 (Sunday), in UTC or another zone.",
        examples: &[("weekday('2024-07-01')", "1")],
        body: Body::Function(|eval, call| field(eval, call, |date| date.weekday().to_monday_one_offset().into())),
    },
];

/// A date-time, the text of one, or Unix seconds.
pub(crate) fn read(operand: &Operand<'_>) -> Option<Timestamp> {
    read_in(operand, &TimeZone::UTC)
}

/// The same; a text that tells no zone is of this one.
fn read_in(operand: &Operand<'_>, zone: &TimeZone) -> Option<Timestamp> {
    match operand {
        Operand::Date(date) => Some(*date),
        other => match other.value()? {
            Value::Number(seconds) => Timestamp::from_duration(SignedDuration::try_from_secs_f64(*seconds).ok()?).ok(),
            Value::String(text) => parse(text, zone),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Large(_) => None,
        },
    }
}

/// The longest text that can be a date.
const LONGEST: usize = 64;

fn parse(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    static RFC_2822: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if text.len() > LONGEST || text.contains('[') {
        return None;
    }
    // The library also reads forms without dashes, which are more likely numbers.
    let iso = text.as_bytes().get(4) == Some(&b'-');
    if !iso {
        return RFC_2822.parse_timestamp(text).ok();
    }
    text.parse::<Timestamp>().ok().or_else(|| zone.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

/// The longest format.
const LONGEST_FORMAT: usize = 200;

fn parse_date<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let operand = eval.arg(call, 0)?;
    let format = optional_text(eval, call, 1)?;
    let zone = zone(eval, call, 2)?;
    let read = match (format, operand.value()) {
        (Some(format), Some(Value::String(text))) => {
            check_format(&format, call)?;
            (text.len() <= LONGEST_FORMAT).then(|| parse_format(text, &format, &zone)).flatten()
        }
        _ => read_in(&operand, &zone),
    };
    read.map(Operand::Date).ok_or_else(|| Cause::NotADate.at(call.args[0].span))
}

fn parse_format(text: &str, format: &str, zone: &TimeZone) -> Option<Timestamp> {
    let parts = strtime::parse(format, text).ok()?;
    if let Ok(exact) = parts.to_timestamp() {
        return Some(exact);
    }
    let local = parts.to_datetime().or_else(|_| parts.to_date().map(DateTime::from)).ok()?;
    match parts.iana_time_zone() {
        Some(name) => calendar::zone(name)?.to_timestamp(local).ok(),
        None => zone.to_timestamp(local).ok(),
    }
}

fn format_date<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let format = eval.arg_text(call, 1)?;
    check_format(&format, call)?;
    let zoned = zoned(eval, call, 0, 2)?;
    eval.spend(format.len() as u64)?;
    let text =
        strtime::format(format.as_bytes(), &zoned).map_err(|_| Cause::BadArgument("the format cannot be used").at(call.args[1].span))?;
    eval.check_text(text.len() as u64, call.span)?;
    Ok(Str::from(text).into())
}

fn check_format(format: &str, call: &Call) -> Result<(), Fault> {
    match format.len() > LONGEST_FORMAT {
        true => Err(Cause::BadArgument("the format is too long").at(call.args[1].span)),
        false => Ok(()),
    }
}

/// A text argument; `None` when it is left out or null.
fn optional_text<'v>(eval: &mut Evaluator<'v>, call: &'v Call, at: usize) -> Outcome<'v, Option<Str>> {
    if call.args.len() <= at {
        return Ok(None);
    }
    let operand = eval.arg(call, at)?;
    match operand.value() {
        Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        _ => Err(operand.wrong("a text", call.args[at].span)),
    }
}

fn zone<'v>(eval: &mut Evaluator<'v>, call: &'v Call, at: usize) -> Outcome<'v, TimeZone> {
    match optional_text(eval, call, at)? {
        None => Ok(TimeZone::UTC),
        Some(name) => calendar::zone(&name).ok_or_else(|| Cause::BadArgument("there is no such time zone").at(call.args[at].span)),
    }
}

fn unit<'v>(eval: &mut Evaluator<'v>, call: &'v Call, at: usize) -> Outcome<'v, Option<Unit>> {
    match optional_text(eval, call, at)? {
        None => Ok(None),
        Some(name) => {
            Unit::named(&name).map(Some).ok_or_else(|| Cause::BadArgument("there is no such unit of time").at(call.args[at].span))
        }
    }
}

/// The date argument as it is in the zone argument.
fn zoned<'v>(eval: &mut Evaluator<'v>, call: &'v Call, date: usize, zone_at: usize) -> Outcome<'v, Zoned> {
    let date = eval.arg_date(call, date)?;
    Ok(date.to_zoned(zone(eval, call, zone_at)?))
}

fn date<'v>(date: Option<Timestamp>, call: &Call) -> Outcome<'v> {
    date.map(Operand::Date).ok_or_else(|| Cause::BadArgument("the date is out of range").at(call.span))
}

/// Whole units of that many nanoseconds since 1970, rounded down.
fn whole<'v>(date: Timestamp, unit: i128) -> Operand<'v> {
    Operand::from(date.as_nanosecond().div_euclid(unit) as f64)
}

fn date_add<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let amount = eval.arg_number(call, 1)?;
    let unit = unit(eval, call, 2)?.unwrap_or(Unit::Second);
    let start = zoned(eval, call, 0, 3)?;
    date(calendar::add(&start, amount as i64, unit), call)
}

fn date_diff<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let (a, b) = (eval.arg_date(call, 0)?, eval.arg_date(call, 1)?);
    let unit = unit(eval, call, 2)?.unwrap_or(Unit::Second);
    Ok(calendar::between(b, a, unit).into())
}

fn field<'v>(eval: &mut Evaluator<'v>, call: &'v Call, pick: fn(DateTime) -> f64) -> Outcome<'v> {
    Ok(pick(zoned(eval, call, 0, 1)?.datetime()).into())
}
