//! Bugs that can be planted, one at a time, in a build with the feature `sabotage`: what a simulation does not notice it
//! does not test. Without the feature every question is answered with a constant no, and nothing of this is in the program.

/// Names every bug once: as a variant, in [`Bug::ALL`], and with what it does.
macro_rules! bugs {
    ($($name:ident: $what:literal,)*) => {
        /// A bug that sync engines are known to have. Each is one line at the place it is named after.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug {
            $(#[doc = $what] $name,)*
        }

        impl Bug {
            /// Every bug there is.
            pub const ALL: &[Bug] = &[$(Bug::$name,)*];

            /// What it does, in one line.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Bug::$name => $what,)*
                }
            }
        }
    };
}

bugs! {
    BaseBeforeAnswer: "the base is committed before the answer came",
    NoHistory: "what is replaced is not written down",
    HistoryAfterSend: "what is replaced is written down after the request was sent",
    LoserForgotten: "the value that loses a conflict is not written down",
    IntentForgotten: "the intent of a create is dropped when its outcome is unclear",
    CreateRepeated: "a create whose outcome is unclear is sent again in the next cycle, without waiting",
    CursorsAfterError: "the cursors move although a list or the cycle was cut short",
    FailureNotRecorded: "what failed is not recorded, and the cursors move past it",
    WaitingForgotten: "what waits for its time, like the source of a create whose answer was lost, is not looked at again",
    NoOverlap: "a list is asked for what changed since the cursor, not since a while before it",
    HiddenIsDeleted: "404 is taken for a deletion",
    UnlistedIsDeleted: "what a complete list lacks is taken for deleted",
    EchoByTime: "a change no later than our own last write is taken for its echo",
    OldRowBelieved: "a list's row from before our own write is believed",
    TargetNotReread: "what a list showed is written over without another look",
    LabelsReplaced: "labels are sent as the whole set that was planned",
    OlderWins: "of two edits the older one wins",
    BrakeOff: "the brake never comes on",
    BrakeIgnored: "the brake comes on, and the cycle goes on",
    DryRunWrites: "a dry run writes",
    InFlightForgotten: "writes that an earlier process left in flight are forgotten",
    NoSettling: "a new page becomes an issue while it is still edited",
    NeverRetried: "what was refused once is never tried again",
    BodyOverBase: "of two edited bodies GitHub's is replaced as if nobody had edited it",
    HalfMergeAgreed: "a merged body counts as agreed on when one side got it",
    MinuteReadOnce: "a page's content is not read again when the minute of its edit is over",
    TrashInsteadOfUnlink: "the page of a deleted issue is trashed, whatever the config says",
    MarkerIgnored: "an issue is not found by its marker",
    UrlIgnored: "a page is not found by its url",
    NotDefused: "text from Notion mentions people on GitHub",
    DigestOfDifference: "a full scan notes the digests of what it found before that is in step",
}

#[cfg(feature = "sabotage")]
mod choice {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        /// A simulation runs on one thread, and many of them at once.
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Plants a bug for everything that runs on this thread from now on; `None` takes it out again.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    /// Whether this is the bug that was planted.
    pub(crate) fn planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}

#[cfg(feature = "sabotage")]
pub use choice::plant;
#[cfg(feature = "sabotage")]
pub(crate) use choice::planted;

/// Whether this is the bug that was planted: never.
#[cfg(not(feature = "sabotage"))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
