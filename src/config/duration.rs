//! Lengths of time as people write them: `30s`, `2m`, `1h30m`.

use std::time::Duration;

use super::diagnostics::Complaint;
use super::redact::shown;

/// What a length of time looks like, for messages.
pub(super) const ACCEPTED: &str =
    "a number with its unit: \"30s\", \"2m\", \"1h30m\" or \"1d\" (at most 365 days)";

const LONGEST_SECS: u64 = 365 * 86_400;

/// The units from long to short; a text names each at most once and in this order.
const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads a length of time; every number needs a unit.
pub(super) fn parse(text: &str) -> Result<Duration, Complaint> {
    total_secs(text.trim()).map(Duration::from_secs).ok_or_else(|| {
        let complaint =
            Complaint::new(format!("{} is not a length of time", shown(text))).accepted(ACCEPTED);
        match text.trim().parse::<u64>() {
            Ok(number) => complaint
                .hint(format!("write \"{number}s\" for seconds, \"{number}m\" for minutes")),
            Err(_) => complaint,
        }
    })
}

fn total_secs(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, after) = rest.split_at(digits_end);
        let (unit, secs) = units.find(|(unit, _)| after.starts_with(unit))?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(*secs)?)?;
        rest = after.strip_prefix(unit)?.trim_start();
    }
    (!text.is_empty() && total <= LONGEST_SECS).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_as_people_write_them() {
        for (text, secs) in [
            ("30s", 30),
            ("2m", 120),
            ("1h30m", 5_400),
            ("1d", 86_400),
            ("1h 30m 5s", 5_405),
            ("0s", 0),
        ] {
            assert_eq!(parse(text).unwrap(), Duration::from_secs(secs), "{text}");
        }
    }

    #[test]
    fn what_has_no_unit_or_is_out_of_order_is_refused() {
        for text in [
            "",
            "2",
            "m",
            "2x",
            "30m1h",
            "1m1m",
            "-2m",
            "1.5h",
            "366d",
            "99999999999999999999d",
            "2m!",
            "２m",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bare_number_gets_a_hint_with_units() {
        assert_eq!(
            parse("90").unwrap_err().hint.unwrap(),
            r#"write "90s" for seconds, "90m" for minutes"#
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,20}|[0-9]{1,25}[dhms]{0,3}") {
            drop(parse(&text));
        }

        #[test]
        fn hours_minutes_and_seconds_add_up(h in 0u64..99, m in 0u64..99, s in 0u64..99) {
            proptest::prop_assert_eq!(parse(&format!("{h}h{m}m{s}s")).unwrap().as_secs(), h * 3600 + m * 60 + s);
        }
    }
}
