//! Anything at all: read or refused, without a panic and without showing a secret.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic_and_without_the_token(
        before in proptest::collection::vec(any::<u8>(), 0..60),
        after in "[\\PC\n\"'=\\[\\]{}]{0,40}",
    ) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = [before.as_slice(), TOKEN.as_bytes(), after.as_bytes()].concat();
        std::fs::write(file.path(), bytes).unwrap();
        if let Err(found) = Config::load(file.path(), &Env::default()) {
            prop_assert!(!found.to_string().contains(&TOKEN[8..]), "{}", found);
        }
    }

    #[test]
    fn a_token_dropped_anywhere_into_a_config_is_never_shown(
        at in 0usize..100_000, cut in 0usize..40, uncomment in any::<bool>(),
    ) {
        let text = if uncomment { example_with(|_| true) } else { EXAMPLE.to_owned() };
        let at = at % text.len();
        let at = (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap();
        let end = (at + cut..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let text = format!("{}{TOKEN}{}", &text[..at], &text[end.max(at)..]);
        match parse(&text) {
            Ok(config) => prop_assert!(!format!("{config:?}").contains(TOKEN), "{}", text),
            Err(found) => prop_assert!(!found.to_string().contains(&TOKEN[8..]), "{}", found),
        }
    }

    #[test]
    fn any_value_under_any_key_is_read_or_refused_without_a_panic(
        kind in proptest::sample::select(KINDS.to_vec()), pick in any::<proptest::sample::Index>(),
        value in proptest::sample::select(vec![
            "1", "-1", "99999999999999999999", "0x10", "1.5", "inf", "nan", "true", "\"\"", "\"x\"", "\"\\u0000\"",
            "[]", "[[]]", "[\"a\", 1]", "{}", "{ a = 1 }", "1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "'''\n'''",
        ]),
    ) {
        let key = pick.get(kind.keys);
        let section = match kind.name {
            "[sync.filter]" | "[sync.fields]" | "[sync.fields.state]" => format!("[[sync]]\n{}", kind.name),
            name => name.to_owned(),
        };
        drop(parse(&format!("{section}\n{key} = {value}\n")));
        prop_assert!(vocabulary::is_harmless(key) || vocabulary::is_secret(key));
    }
}
