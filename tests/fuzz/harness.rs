//! Draws cases, checks the law on each of them on a thread with little stack, and makes a failing one small.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use crate::texts::{Rng, Texts, boundary};

/// What a thread of tokio has.
const STACK_BYTES: usize = 2 * 1024 * 1024;
const SEED: u64 = 20_240_229;
/// So often a failing input is made smaller at most.
const MAX_SHRINKS: usize = 3_000;
const MAX_SHRINK_TIME: Duration = Duration::from_secs(20);

/// A law, and what it is tried on.
pub(crate) struct Target {
    /// The name of the test.
    pub(crate) name: &'static str,
    /// So many cases without `TANDEM_FUZZ_SECS`.
    pub(crate) cases: u64,
    /// Draws the texts of one case.
    pub(crate) draw: fn(&Texts, &mut Rng) -> Vec<String>,
    /// Says which law is broken.
    pub(crate) law: fn(&[String]) -> Result<(), String>,
}

impl Target {
    /// Runs the target on its own thread.
    pub(crate) fn run(self) {
        let name = self.name;
        quiet_panics();
        let thread = std::thread::Builder::new().name("fuzz".to_owned()).stack_size(STACK_BYTES);
        let failure = thread.spawn(move || self.cases()).unwrap().join().unwrap();
        if let Some(failure) = failure {
            panic!("{name}: {failure}");
        }
    }

    fn cases(&self) -> Option<String> {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let texts = Texts::load();
        if let Some(case) = number("TANDEM_FUZZ_CASE") {
            return self.case(&texts, case);
        }
        let seed = number("TANDEM_FUZZ_SEED").unwrap_or(SEED);
        let time = number("TANDEM_FUZZ_SECS").map(Duration::from_secs);
        let start = Instant::now();
        let (mut count, mut slowest) = (0, (Duration::ZERO, 0));
        while time.map_or(count < self.cases, |time| start.elapsed() < time) {
            let case = Rng::of(seed.wrapping_add(count)).next();
            let began = Instant::now();
            if let Some(failure) = self.case(&texts, case) {
                return Some(failure);
            }
            slowest = slowest.max((began.elapsed(), case));
            count += 1;
        }
        let (name, (took, slow)) = (self.name, slowest);
        println!("{name}: {count} cases; {:?}; the slowest, {slow}, took {took:?}", TALLY.take());
        None
    }

    fn case(&self, texts: &Texts, case: u64) -> Option<String> {
        // A stack that overflows leaves no time for a message.
        let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        drop(std::fs::write(dir.join(format!("fuzz-{}.case", self.name)), case.to_string()));
        let input = (self.draw)(texts, &mut Rng::of(case));
        let broken = self.broken(&input)?;
        let input = self.shrunk(input);
        let broken = self.broken(&input).unwrap_or(broken);
        let told: String = TOLD.take().iter().map(|line| format!("  {line}\n")).collect();
        let input: String = input.iter().map(|text| format!("  {text:?}\n")).collect();
        Some(format!(
            "{broken}\n{told}{input}again: TANDEM_FUZZ_CASE={case} cargo test --test fuzz {}",
            self.name
        ))
    }

    /// The law that these texts break; a panic breaks one, too.
    fn broken(&self, input: &[String]) -> Option<String> {
        TOLD.take();
        match catch_unwind(AssertUnwindSafe(|| (self.law)(input))) {
            Ok(law) => law.err(),
            Err(_) => Some(PANIC.with_borrow(String::clone)),
        }
    }

    /// The same failure with less text: parts are left out, halves first, as long as it fails.
    fn shrunk(&self, mut input: Vec<String>) -> Vec<String> {
        let start = Instant::now();
        let longest = input.iter().map(String::len).max().unwrap_or(0);
        let (mut len, mut tries) = (longest.div_ceil(2), 0);
        while len > 0 {
            let mut any = false;
            for i in 0..input.len() {
                let mut at = 0;
                while at < input[i].len() {
                    tries += 1;
                    if tries > MAX_SHRINKS || start.elapsed() > MAX_SHRINK_TIME {
                        return input;
                    }
                    let text = &input[i];
                    let (from, to) = (boundary(text, at), boundary(text, at + len));
                    let mut smaller = input.clone();
                    smaller[i].replace_range(from..to, "");
                    if from < to && self.broken(&smaller).is_some() {
                        (input, any) = (smaller, true);
                    } else {
                        at += len;
                    }
                }
            }
            if !any || len > 1 {
                len = if len == 1 { 0 } else { len.div_ceil(2) };
            }
        }
        input
    }
}

thread_local! {
    static TALLY: RefCell<BTreeMap<&'static str, u64>> = const { RefCell::new(BTreeMap::new()) };
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Counts what became of cases: a law that is never tried holds, too.
pub(crate) fn tally(what: &'static str) {
    TALLY.with_borrow_mut(|tally| *tally.entry(what).or_insert(0) += 1);
}

/// Notes what happened in the case that is running, for whoever reads of its failure.
pub(crate) fn tell(what: String) {
    TOLD.with_borrow_mut(|told| told.push(what));
}

/// A panic while fuzzing is a finding, told once; all others are told as ever.
fn quiet_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some("fuzz") {
                PANIC.set(format!("it panicked: {info}"));
            } else {
                usual(info);
            }
        }));
    });
}
