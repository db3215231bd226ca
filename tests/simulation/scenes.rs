//! Scenes: what seldom comes together by chance, put into some of the rounds. The last one always has one: nobody comes back
//! to what is done there, so that what is missed there stays missed.

use http::Method;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tandem::model::Side;
use tandem::sim::{Fault, Planned};

use crate::script::{Act, Round, What};

/// Nobody else types these.
const FIRST_ID: u32 = 10_000;
const FIRST_RENAME_ID: u32 = 20_000;
/// So often a property is renamed.
const RENAMED: f64 = 0.05;
/// So often there is one in a round.
const FREQUENCY: f64 = 0.25;
/// So often a service answers with what was.
const MISLED: f64 = 0.1;
/// Every side has more items than that, so that the same number is the same item a while later.
const ITEMS: u32 = 6;
/// More than a cycle sends to one side.
const WHOLE_CYCLE: u32 = 200;
/// After so long no list is asked for what happened before.
const PAST_EVERY_OVERLAP_SECS: u64 = 900;
/// More than one request is tried.
const ALL_TRIES: u32 = 9;

type Scene = fn(&mut Director, &mut [Round]);

const SCENES: [Scene; 8] = [
    Director::two_edits_of_a_page_in_one_minute,
    Director::two_edits_of_one_body,
    Director::an_item_out_of_sight,
    Director::a_sweep,
    Director::a_page_that_has_not_settled,
    Director::a_write_that_fails,
    Director::an_outage,
    Director::an_edit_over_a_write_whose_answer_was_lost,
];

/// Puts scenes into these rounds.
pub fn put(seed: u64, rounds: &mut [Round]) {
    let rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5C_E7E5);
    let mut director = Director { rng, next: FIRST_ID };
    for at in 0..rounds.len() {
        let is_last = at + 1 == rounds.len();
        if director.rng.random_bool(FREQUENCY) || is_last {
            let scene = director.rng.random_range(0..SCENES.len());
            SCENES[scene](&mut director, &mut rounds[at..]);
        }
    }
}

/// Somebody gives a property another name in between: what is known by its id goes on.
pub fn rename(seed: u64, rounds: &mut [Round]) {
    let rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4E_A3E5);
    let mut director = Director { rng, next: FIRST_RENAME_ID };
    for round in rounds {
        let act = director.act(Side::Notion, What::RenameProperty, 0);
        if director.rng.random_bool(RENAMED) {
            round.acts.push(act);
        }
    }
}

/// A service answers a read or two with what was there before tandem's last write to it, and before what somebody does
/// meanwhile.
pub fn mislead(seed: u64, has_quiet_acts: bool, rounds: &mut [Round]) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x0005_7A1E);
    for round in rounds {
        let side = if rng.random() { Side::GitHub } else { Side::Notion };
        let (skip, times) = (rng.random_range(0..6), rng.random_range(1..3));
        let is_drawn = rng.random_bool(MISLED);
        // A cycle that has to wait would see what was longer ago than any list is behind; elsewhere no full scan makes that good.
        if is_drawn && (has_quiet_acts || round.faults.is_empty()) {
            round.faults.push(Planned::once(side, Fault::Stale).after(skip).times(times));
        }
    }
}

/// Puts one scene into the first of the rounds, and what follows from it into the next.
struct Director {
    rng: ChaCha8Rng,
    next: u32,
}

impl Director {
    fn act(&mut self, side: Side, what: What, item: u32) -> Act {
        let id = self.next;
        self.next += 1;
        let (pick, wait_requests) = (self.rng.random(), self.rng.random_range(0..12));
        Act { id, side, what, item, counted_on: side, pick, wait_secs: 0, wait_requests }
    }

    fn item(&mut self) -> u32 {
        self.rng.random_range(0..ITEMS)
    }

    fn side(&mut self) -> Side {
        if self.rng.random() { Side::GitHub } else { Side::Notion }
    }

    /// The content is read between the two, and its time does not tell that there was a second.
    fn two_edits_of_a_page_in_one_minute(&mut self, rounds: &mut [Round]) {
        let item = self.item();
        let [first, again] = [(); 2].map(|()| self.act(Side::Notion, What::BodyAdd, item));
        rounds[0].acts.push(first);
        rounds[0].meanwhile.insert(0, again);
    }

    /// Both halves of a merge are to be written, and one is not.
    fn two_edits_of_one_body(&mut self, rounds: &mut [Round]) {
        let item = self.item();
        let on_github = self.act(Side::GitHub, What::BodyAdd, item);
        let in_notion = self.act(Side::Notion, What::BodyAdd, item);
        rounds[0].acts.extend([on_github, Act { counted_on: Side::GitHub, ..in_notion }]);
        let side = self.side();
        let path = if side == Side::GitHub { "/issues/" } else { "/markdown" };
        let fault = Planned::once(side, Fault::ServerError(502)).on(Method::PATCH, path);
        rounds[0].faults.push(fault.times(ALL_TRIES));
    }

    /// An item that somebody edits the other half of cannot be read.
    fn an_item_out_of_sight(&mut self, rounds: &mut [Round]) {
        let (item, side) = (self.item(), self.side());
        let edit = self.act(side.other(), What::Title, item);
        rounds[0].acts.push(edit);
        let path = if side == Side::GitHub { "/issues/" } else { "/pages/" };
        let (skip, times) = (self.rng.random_range(0..2), self.rng.random_range(1..3));
        let fault = Planned::once(side, Fault::Refuse(404)).on(Method::GET, path);
        rounds[0].faults.push(fault.after(skip).times(times));
    }

    fn a_sweep(&mut self, rounds: &mut [Round]) {
        let item = self.item();
        let sweep = self.act(Side::Notion, What::Sweep, item);
        rounds[0].acts.push(sweep);
    }

    fn a_page_that_has_not_settled(&mut self, rounds: &mut [Round]) {
        let page = self.act(Side::Notion, What::Make, 0);
        rounds[0].acts.push(page);
    }

    fn a_write_that_fails(&mut self, rounds: &mut [Round]) {
        let (item, side) = (self.item(), self.side());
        let edit = self.act(side.other(), What::Title, item);
        rounds[0].acts.push(edit);
        let faults =
            [Fault::ServerError(500), Fault::Reset, Fault::Refuse(400), Fault::Refuse(422)];
        let fault = faults.choose(&mut self.rng).copied().unwrap_or(Fault::Reset);
        let path = if side == Side::GitHub { "/issues/" } else { "/pages/" };
        rounds[0].faults.push(Planned::once(side, fault).on(Method::PATCH, path).times(ALL_TRIES));
        rounds[0].pause_secs += PAST_EVERY_OVERLAP_SECS;
    }

    /// From some request on a side serves nobody.
    fn an_outage(&mut self, rounds: &mut [Round]) {
        let side = self.side();
        for _ in 0..4 {
            let (item, side) = (self.item(), self.side());
            let edit = self.act(side, What::Title, item);
            rounds[0].acts.push(edit);
        }
        let skip = if self.rng.random() { 0 } else { self.rng.random_range(0..8) };
        let fault = Planned::once(side, Fault::ServerError(503)).times(WHOLE_CYCLE);
        rounds[0].faults.insert(0, fault.after(skip));
        rounds[0].pause_secs += PAST_EVERY_OVERLAP_SECS;
    }

    /// Nobody knows whether the first value arrived when somebody types the second.
    fn an_edit_over_a_write_whose_answer_was_lost(&mut self, rounds: &mut [Round]) {
        let (item, side) = (self.item(), self.side());
        let edits = [(); 2].map(|()| self.act(side.other(), What::Title, item));
        let path = if side == Side::GitHub { "/issues/" } else { "/pages/" };
        let fault = Planned::once(side, Fault::CommitThenReset).on(Method::PATCH, path);
        rounds[0].faults.push(fault.times(ALL_TRIES));
        for (round, edit) in rounds.iter_mut().zip(edits) {
            round.acts.push(edit);
        }
    }
}
