//! What was done in a run, in numbers.

use std::collections::BTreeMap;
use std::fmt;

/// Numbers of one script, or of many.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub seeds: u64,
    pub cycles: u64,
    pub acts: u64,
    pub faulty_cycles: u64,
    pub killed_cycles: u64,
    pub brakes: u64,
    pub requests: u64,
    /// Values that tandem replaced, each found in the history.
    pub replaced: u64,
    /// Values both sides had changed.
    pub conflicts: u64,
    /// Values compared when everything was at rest, and those of them that were held.
    pub values_compared: u64,
    pub held: u64,
    pub faults: BTreeMap<String, u64>,
    pub pairs: u64,
    pub counted: u64,
    /// Of the script with the fewest: its pairs, and its acts, for each ten cycles.
    pub fewest_pairs: Option<u64>,
    pub fewest_acts: Option<u64>,
}

impl Figures {
    /// How many pairs there were at the end of a cycle.
    pub fn add_pairs(&mut self, pairs: Option<u64>) {
        let Some(pairs) = pairs else { return };
        self.pairs += pairs;
        self.counted += 1;
        self.fewest_pairs = (10 * self.pairs).checked_div(self.counted);
    }

    /// What people did in one script.
    pub fn add_acts(&mut self, acts: u64) {
        self.acts = acts;
        self.fewest_acts = (10 * acts).checked_div(self.cycles);
    }

    pub fn add(&mut self, other: &Figures) {
        self.seeds += other.seeds;
        self.cycles += other.cycles;
        self.acts += other.acts;
        self.faulty_cycles += other.faulty_cycles;
        self.killed_cycles += other.killed_cycles;
        self.brakes += other.brakes;
        self.requests += other.requests;
        self.replaced += other.replaced;
        self.conflicts += other.conflicts;
        self.values_compared += other.values_compared;
        self.held += other.held;
        for (fault, count) in &other.faults {
            *self.faults.entry(fault.clone()).or_insert(0) += count;
        }
        self.pairs += other.pairs;
        self.counted += other.counted;
        let fewest = |one, other| [one, other].into_iter().flatten().min();
        self.fewest_pairs = fewest(self.fewest_pairs, other.fewest_pairs);
        self.fewest_acts = fewest(self.fewest_acts, other.fewest_acts);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[allow(clippy::cast_precision_loss, reason = "shares, for people")]
        let per = |part: u64, whole: u64| part as f64 / (whole.max(1)) as f64;
        writeln!(f, "{} seeds, {} cycles", self.seeds, self.cycles)?;
        let pairs = per(self.pairs, self.counted);
        let fewest = per(self.fewest_pairs.unwrap_or(0), 10);
        writeln!(f, "pairs: {pairs:.1} on average, in every seed {fewest:.1} or more")?;
        let acts = per(self.acts, self.cycles);
        let fewest = per(self.fewest_acts.unwrap_or(0), 10);
        writeln!(
            f,
            "acts of people: {}, {acts:.1} a cycle, in every seed {fewest:.1} or more",
            self.acts
        )?;
        let faulty = 100.0 * per(self.faulty_cycles, self.cycles);
        writeln!(f, "cycles with faults: {}, {faulty:.0} %", self.faulty_cycles)?;
        let killed = 100.0 * per(self.killed_cycles, self.cycles);
        writeln!(f, "cycles that ended in a kill: {}, {killed:.0} %", self.killed_cycles)?;
        writeln!(f, "cycles stopped by the brake: {}", self.brakes)?;
        writeln!(f, "requests: {}", self.requests)?;
        writeln!(f, "values replaced, each in the history before: {}", self.replaced)?;
        writeln!(f, "conflicts and merges: {}", self.conflicts)?;
        writeln!(
            f,
            "values compared at rest: {}, of them held: {}",
            self.values_compared, self.held
        )?;
        let faults = self.faults.iter().map(|(fault, count)| format!("{fault} {count}"));
        write!(f, "faults met: {}", faults.collect::<Vec<_>>().join(", "))
    }
}
