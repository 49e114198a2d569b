//! Arithmetic with the calendars of time zones.

use std::sync::LazyLock;

use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{RoundMode, SignedDuration, Span, Timestamp, Zoned, ZonedRound};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Unit {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name.strip_suffix('s').unwrap_or(name) {
            "second" => Self::Second,
            "minute" => Self::Minute,
            "hour" => Self::Hour,
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "year" => Self::Year,
            _ => return None,
        })
    }

    /// How long it always is, a day being 24 hours.
    fn seconds(self) -> Option<i64> {
        match self {
            Self::Second => Some(1),
            Self::Minute => Some(60),
            Self::Hour => Some(3_600),
            Self::Day => Some(86_400),
            Self::Week => Some(604_800),
            Self::Month | Self::Year => None,
        }
    }
}

/// The zone of this name in the data that comes with the program, or of this offset.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    if name.starts_with(['+', '-']) {
        return offset(name).map(Offset::to_time_zone);
    }
    ZONES.get(name).ok()
}

/// `+07:00`, `-0330`, `+7`.
fn offset(text: &str) -> Option<Offset> {
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "0"),
    };
    let number = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number(hours)? * 3_600 + number(minutes).filter(|minutes| *minutes < 60)? * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

/// So many units later; `None` when that is out of range.
pub(super) fn add(start: &Zoned, amount: i64, unit: Unit) -> Option<Timestamp> {
    let none = Span::new();
    let span = match unit {
        Unit::Second | Unit::Minute | Unit::Hour => {
            let duration = SignedDuration::from_secs(amount.checked_mul(unit.seconds()?)?);
            return start.timestamp().checked_add(duration).ok();
        }
        Unit::Day => none.try_days(amount),
        Unit::Week => none.try_weeks(amount),
        Unit::Month => none.try_months(amount),
        Unit::Year => none.try_years(amount),
    };
    start.checked_add(span.ok()?).ok().map(|later| later.timestamp())
}

/// How many units there are between two times.
pub(super) fn between(from: Timestamp, to: Timestamp, unit: Unit) -> f64 {
    let seconds = to.duration_since(from).as_secs_f64();
    match unit.seconds() {
        Some(1) => seconds,
        Some(length) => seconds / length as f64,
        None => {
            let months = from.to_zoned(TimeZone::UTC).until((jiff::Unit::Month, &to.to_zoned(TimeZone::UTC)));
            let months = months.map_or(0, |span| span.get_months());
            f64::from(if unit == Unit::Year { months / 12 } else { months })
        }
    }
}

/// The beginning of the unit that a time is in.
pub(super) fn start_of(time: &Zoned, unit: Unit) -> Option<Timestamp> {
    let rounded = |unit| time.round(ZonedRound::new().smallest(unit).mode(RoundMode::Trunc));
    let begun = match unit {
        Unit::Second => rounded(jiff::Unit::Second),
        Unit::Minute => rounded(jiff::Unit::Minute),
        Unit::Hour => rounded(jiff::Unit::Hour),
        Unit::Day => time.start_of_day(),
        Unit::Week => {
            let days = i64::from(time.weekday().since(Weekday::Monday));
            time.checked_sub(Span::new().days(days)).and_then(|monday| monday.start_of_day())
        }
        Unit::Month => time.first_of_month().and_then(|first| first.start_of_day()),
        Unit::Year => time.first_of_year().and_then(|first| first.start_of_day()),
    };
    begun.ok().map(|begun| begun.timestamp())
}
