//! Secrets are found, and never shown.

use super::*;

#[test]
fn a_literal_token_is_refused_without_being_shown_also_under_a_misspelt_key() {
    insta::assert_snapshot!(refused_each([
        before_the_sync(&format!("[github]\ntoken = \"{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[github]\ntokn = \"{TOKEN}\"\n")).as_str(),
        before_the_sync("[notion]\ntoken = \"hunter2\"\n").as_str(),
        before_the_sync(&format!("[notion]\ntoken = \"env:{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[users]\noctocat = \"{TOKEN}\"\n")).as_str(),
        before_the_sync(&format!("[github]\ntoken = {TOKEN}\n")).as_str(),
    ]));
}

#[test]
fn a_secret_of_any_shape_stays_unseen_in_every_way_to_write_it() {
    let secret = "hunter2xyz";
    let keys = [
        "token",
        "tokn",
        "Token",
        "app",
        "private_key",
        "webhook_secret",
        "oauth",
        "client_secret",
        "my-secret",
    ];
    let forms = [
        "K = \"S\"",
        "K = 'S'",
        "K = \"\"\"\nS\"\"\"",
        "K = S",
        "K = \"S",
        "K = [\"S\"]",
        "K = { x = \"S\" }",
        "K = { private_key = \"S\", x = 1 }",
        "K.x = \"S\"",
        "K.private_key = \"S\"",
        "\"K\" = \"S\"",
        "K \"S\"",
        "K: \"S\"",
        "K = \"env S\"",
        "K = \"env:S S\"",
        "K = \"file:\"S\"\"",
        "K = \"credential:S/S\"",
        "K = \"S\" \"S\"",
        "K = \"S\"\nK = \"S\"",
        "x = \"S\" K = \"S\"",
        "[K]\nx = \"S\"",
        "[[K]]\nx = \"S\"",
        "K = \"\\q S\"",
        "K = \"S\" # S",
        "token = \"env:A\" # S",
        "= \"S\"",
        "K == \"S\"",
        "K = S S",
        "K =\n\"S\"",
        "schedule = \"x\", K = \"S\"",
    ];
    let mut refusals = 0;
    for section in
        ["", "[github]\n", "[notion]\n", "[github.app]\n", "[daemon]\n", "[[sync]]\n", "[users]\n"]
    {
        for key in keys {
            for form in forms {
                let text = format!("{section}{}\n", form.replace('K', key).replace('S', secret));
                let Err(found) = parse(&text) else { continue };
                refusals += 1;
                assert!(!found.to_string().contains(secret), "{text}\n{found}");
                assert!(!format!("{found:?}").contains(secret), "{text}\n{found:?}");
            }
        }
    }
    assert!(refusals > 1_000);
}

#[test]
fn secrets_come_from_where_the_config_says() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("github-token"), "from-file\r\n").unwrap();
    let env = Env::from_iter([
        ("TOKEN", "from-env\n"),
        ("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap()),
    ]);
    let read = |reference: SecretRef| reference.resolve(&env).unwrap().expose_secret().to_owned();
    assert_eq!(read(SecretRef::Env("TOKEN".to_owned())), "from-env");
    assert_eq!(read(SecretRef::File(dir.path().join("github-token"))), "from-file");
    assert_eq!(read(SecretRef::Credential("github-token".to_owned())), "from-file");
}

#[test]
fn a_secret_that_is_not_there_is_named_with_its_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        SecretRef::File(path)
    };
    let given =
        Env::from_iter([("EMPTY", " \n"), ("CREDENTIALS_DIRECTORY", dir.path().to_str().unwrap())]);
    let message = |reference: &SecretRef, env: &Env| {
        reference.resolve(env).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "DIR")
    };
    let messages = [
        message(&SecretRef::Env("GITHUB_TOKEN".to_owned()), &given),
        message(&SecretRef::Env("EMPTY".to_owned()), &given),
        message(&SecretRef::File(dir.path().join("missing")), &given),
        message(&file("empty", b"\n"), &given),
        message(&file("binary", b"\xff\xfe"), &given),
        message(&file("long", &[b'x'; 70_000]), &given),
        message(&SecretRef::Credential("github-token".to_owned()), &given),
        message(&SecretRef::Credential("github-token".to_owned()), &Env::default()),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}
