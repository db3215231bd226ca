use super::*;

#[test]
fn dump() {
    let text = std::fs::read_to_string("config.example.toml").unwrap();
    match Config::parse(&text, Path::new("config.toml"), &Env::default()) {
        Ok(c) => println!("{c:#?}"),
        Err(e) => println!("{e}"),
    }
    for bad in [
        "databse = \"x\"\n[github]\ntokn = \"hunter2\"\napi_url = \"http://x.y\"\n[notion]\ntoken = \"ntn_1234567890abcdefghijkl\"\nrequests_per_minuet = 3\n\n[[sync]]\nname = \"a\"\n[sync.fields]\nbody = true\nstate = { property = \"S\", open = [] }\n",
        "[github\ntoken = ghp_abc\nschedule = \"x\n",
        "[daemon]\nlisten=\"a\"\nschedule = \"* * 3 * MON\"\nfull_scan=3\ntimezone=\"Europe/berlin\"\n[github]\napp = { id = 1, idd = 3, private_key = \"hunter2\" }\ntoken=\"env:a b\"\n[sync]\n",
        "",
        "a = [ { b = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\" } ]\nghp_16C7e42F292c6912E7710c838347Ae178B4a = 3",
    ] {
        println!("=======\n{}", Config::parse(bad, Path::new("config.toml"), &Env::default()).unwrap_err());
    }
}
