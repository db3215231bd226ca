//! Bodies against the stand-in, whose Notion reads, keeps and shows them in its own way.

use bytes::Bytes;

use super::*;
use crate::model::BodyText;
use crate::notion::{
    BODY_EDITED_MEANWHILE, BodyWritten, Content, Image, PAGE_IN_TRASH, stable_files,
};
use crate::remote::RemoteError;
use crate::sim::{Fault, Planned};

const BODY: &str = "# Steps\n\nOpen the file.\n\n- [ ] Save it.";

impl Office {
    /// A page that tandem made with this body.
    async fn page_with(&self, body: &str) -> PageId {
        let values = BTreeMap::from([
            (Field::Url, text("https://github.com/acme/app/issues/3")),
            (Field::Title, text("Crash")),
            (Field::Body, Value::Body(BodyText(body.to_owned()))),
        ]);
        let made = self.writer.create(&self.source, &self.mapping, &values).await.unwrap();
        assert_eq!(made.refused, []);
        made.observed.id
    }

    async fn body(&self, id: PageId) -> Content {
        match self.reader.body(id).await.unwrap() {
            Lookup::Found(content) => content,
            other => panic!("{other:?}"),
        }
    }

    async fn write(&self, id: PageId, from: &str, to: &str) -> Result<BodyWritten, RemoteError> {
        self.writer.write_body(id, from, to).await
    }

    /// The same page with other words, as far as the adapter is concerned.
    async fn reword(&self, id: PageId, old: &str, new: &str) -> Result<BodyWritten, RemoteError> {
        let from = self.body(id).await.markdown;
        assert!(from.contains(old), "{from:?}");
        self.write(id, &from, &from.replace(old, new)).await
    }

    fn blocks(&self, id: PageId) -> Vec<notion::BlockId> {
        self.world.notion(|notion, _| notion.block_ids(sim(id)))
    }

    /// A line per block, as a person sees them.
    fn outline(&self, id: PageId) -> String {
        self.world.notion(|notion, _| notion.outline(sim(id)))
    }
}

fn refusal(written: Result<BodyWritten, RemoteError>) -> String {
    written.unwrap().refused.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_page_is_made_with_its_body_at_the_cost_of_one_write() {
    let office = Office::open(Options::default()).await;
    let (reads, writes) = (office.reads(), office.writes());
    let id = office.page_with(BODY).await;
    assert_eq!((office.reads(), office.writes()), (reads, writes + 1));
    assert_eq!(office.body(id).await.markdown, BODY);
    office.shows(id, |page| assert_eq!(page.title(), "Crash"));
}

#[tokio::test(start_paused = true)]
async fn an_edit_leaves_the_blocks_it_does_not_touch_and_what_was_said_about_them() {
    let office = Office::open(Options::default()).await;
    let id = office.page_with(BODY).await;
    let before = office.blocks(id);
    office.act(|notion, _| notion.comment_on(sim(id), before[2], "why?"));
    let writes = office.writes();
    let written = office.reword(id, "Open the file.", "Open any file.").await.unwrap();
    assert_eq!((written.refused, office.writes()), (None, writes + 1));
    assert_eq!(written.content.markdown, office.body(id).await.markdown);
    let after = office.blocks(id);
    assert_eq!((after[0], after[2]), (before[0], before[2]));
    assert_ne!(after[1], before[1]);
    let comments = office.world.notion(|notion, _| notion.comments_on(sim(id)).len());
    assert_eq!(comments, 1);
}

#[tokio::test(start_paused = true)]
async fn an_edit_arrives_however_notion_writes_its_markdown() {
    for seed in 0..24 {
        let rendering = notion::Rendering::drawn(seed);
        let office = Office::open(Options { rendering, ..Options::default() }).await;
        let id =
            office.page_with("# Steps\n\nOpen *the* file.\n\n1. One\n2. Two\n\n> Said\n").await;
        let written = office.reword(id, "Said", "Meant").await.unwrap();
        assert_eq!(written.refused, None, "seed {seed}: {}", written.content.markdown);
        assert_eq!(office.body(id).await.markdown, written.content.markdown);
    }
}

#[tokio::test(start_paused = true)]
async fn what_somebody_typed_meanwhile_is_never_written_over() {
    for atomic in [true, false] {
        let office = Office::open(Options { updates_atomic: atomic, ..Options::default() }).await;
        let id = office.page_with(BODY).await;
        let from = office.body(id).await.markdown;
        let ann = office.ann;
        office.act(|notion, now| {
            let block = notion.block_saying(sim(id), "Save it.").unwrap();
            notion.set_words(sim(id), block, "Save it twice.", ann, now)
        });
        let to = from.replace("Open the file", "Open any file").replace("Save it", "Keep it");
        let error = office.write(id, &from, &to).await.unwrap_err();
        assert!(
            matches!(&error, RemoteError::Refused { code, .. } if code == BODY_EDITED_MEANWHILE),
            "{error:?}"
        );
        assert!(office.outline(id).contains("Save it twice."), "{}", office.outline(id));
        // Read again and planned again, it arrives.
        let written = office.reword(id, "Save it twice", "Keep it twice").await.unwrap();
        assert_eq!(written.refused, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sub_page_is_never_deleted() {
    let office = Office::open(Options::default()).await;
    let id = office.page_with(BODY).await;
    let ann = office.ann;
    let below = office.act(|notion, now| notion.add_sub_page(sim(id), "Below", ann, now));
    let from = office.body(id).await.markdown;
    let reason = refusal(office.write(id, &from, "Other words only.\n\nAnd more.\n").await);
    assert!(reason.starts_with("Notion refuses this body: "), "{reason}");
    assert!(office.world.notion(|notion, _| notion.has_sub_page(below)));
    assert_eq!(office.body(id).await.markdown, from);
}

#[tokio::test(start_paused = true)]
async fn what_the_connection_may_not_see_stays_and_the_visible_rest_is_edited() {
    let office = Office::open(Options::default()).await;
    let id = office.page_with(BODY).await;
    let ann = office.ann;
    let below = office.act(|notion, now| notion.add_sub_page(sim(id), "Below", ann, now));
    office.act(|notion, _| notion.hide_sub_page(below, "secret", true));
    let content = office.body(id).await;
    assert!(content.truncated && content.unknown.len() == 1, "{content:?}");
    let written = office.reword(id, "Open the file", "Open any file").await.unwrap();
    assert_eq!(written.refused, None);
    // An edit that cannot be told by its place would replace what is hidden.
    let reason = refusal(office.write(id, &content.markdown, "Other words.\n").await);
    assert!(reason.contains("does not show"), "{reason}");
    assert!(office.world.notion(|notion, _| notion.has_sub_page(below)));
}

#[tokio::test(start_paused = true)]
async fn a_page_in_the_trash_and_one_out_of_sight_take_no_body() {
    let office = Office::open(Options::default()).await;
    let id = office.page_with(BODY).await;
    let from = office.body(id).await.markdown;
    let ann = office.ann;
    office.act(|notion, now| notion.trash_page(sim(id), ann, now));
    let error = office.write(id, &from, "x").await.unwrap_err();
    assert!(
        matches!(&error, RemoteError::Refused { code, .. } if code == PAGE_IN_TRASH),
        "{error:?}"
    );
    let strange = "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8aff".parse().unwrap();
    let error = office.write(strange, &from, "x").await.unwrap_err();
    assert!(matches!(error, RemoteError::Missing { .. }), "{error:?}");
    assert!(matches!(office.reader.body(strange).await.unwrap(), Lookup::Hidden(_)));
}

#[tokio::test(start_paused = true)]
async fn a_file_that_notion_hosts_reads_the_same_each_time_and_survives_the_edits_around_it() {
    let office = Office::open(Options::default()).await;
    let id = office.page_with(BODY).await;
    let ann = office.ann;
    office.act(|notion, now| notion.add_hosted_image(sim(id), "cat.png", "a cat", ann, now));
    let from = office.body(id).await.markdown;
    assert_eq!(office.body(id).await.markdown, from);
    let written = office.reword(id, "Open the file", "Open any file").await.unwrap();
    assert_eq!(written.refused, None);
    let written = office.reword(id, "![a cat]", "![the cat]").await.unwrap();
    assert_eq!(written.refused, None, "{}", office.outline(id));
    // Taking it away needs its signature, which is another each time here: held, and not tried for ever, while another
    // file would be lost with the whole text written anew.
    office.act(|notion, now| notion.add_hosted_image(sim(id), "dog.png", "a dog", ann, now));
    let without = |from: &str, caption: &str| {
        let line = from.lines().find(|line| line.starts_with(caption)).unwrap().to_owned();
        from.replace(&line, "gone")
    };
    let from = office.body(id).await.markdown;
    let reason = refusal(office.write(id, &from, &without(&from, "![the cat]")).await);
    assert!(reason.starts_with("the change touches a file"), "{reason}");
    assert_eq!(office.body(id).await.markdown, from);
    let to = without(&without(&from, "![the cat]"), "![a dog]");
    let written = office.write(id, &from, &to).await.unwrap();
    assert_eq!((written.refused, written.content.markdown.contains("prod-files")), (None, false));
}

#[tokio::test(start_paused = true)]
async fn a_large_body_is_written_as_a_task_and_waited_for() {
    let office = Office::open(Options::default()).await;
    let large = "word ".repeat(3_000).trim_end().to_owned();
    let id = office.page_with(&large).await;
    assert_eq!(office.body(id).await.markdown.trim_end(), large);
    let larger = format!("{large} more");
    let written = office.reword(id, &large, &larger).await.unwrap();
    assert_eq!((written.refused, written.content.markdown.trim_end()), (None, larger.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_would_become_too_large_is_held_as_it_was() {
    for words in [20, 3_000] {
        let options = Options { page_text_bytes: 80, ..Options::default() };
        let office = Office::open(options).await;
        let id = office.page_with(BODY).await;
        let reason = refusal(office.reword(id, "the file", &"word ".repeat(words)).await);
        assert!(reason.starts_with("Notion refuses this body: "), "{reason}");
        assert!(!reason.contains("word word"), "{reason}");
        assert_eq!(office.body(id).await.markdown, BODY);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_settled_by_what_the_page_shows() {
    for fault in [Fault::CommitThenReset, Fault::CommitThenHang, Fault::CommitThenServerError(504)]
    {
        let office = Office::open(Options::default()).await;
        let id = office.page_with(BODY).await;
        let from = office.body(id).await.markdown;
        office.world.inject(Planned::once(Side::Notion, fault));
        let to = from.replace("Open the file", "Open any file");
        let written = office.write(id, &from, &to).await.unwrap();
        assert_eq!((written.refused, written.content.markdown), (None, to), "{fault:?}");
    }
    for fault in [Fault::Reset, Fault::Hang, Fault::ServerError(502)] {
        let office = Office::open(Options::default()).await;
        let id = office.page_with(BODY).await;
        let from = office.body(id).await.markdown;
        office.world.inject(Planned::once(Side::Notion, fault));
        let error = office.write(id, &from, "x").await.unwrap_err();
        assert!(matches!(error, RemoteError::Unclear { .. }), "{fault:?}: {error:?}");
        assert_eq!(office.body(id).await.markdown, from);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_goes_in_by_its_address_or_by_its_bytes_and_the_page_shows_it() {
    let unreachable = vec!["private".to_owned()];
    let office = Office::open(Options { unreachable, ..Options::default() }).await;
    let address = |text: &str| url::Url::parse(text).unwrap();
    let public = address("https://example.com/cat.png");
    let imported = office.writer.import_image(&public, "cat").await.unwrap();
    let private = address("https://example.com/private/cat.png?jwt=secret");
    let error = office.writer.import_image(&private, "shot").await.unwrap_err();
    assert!(matches!(error, RemoteError::Refused { .. }), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let image = Image {
        name: "cat.png".to_owned(),
        media_type: "image/png".to_owned(),
        bytes: Bytes::from_static(b"\x89PNG"),
    };
    let sent = office.writer.send_image(&image).await.unwrap();

    let id = office.page_with("").await;
    let to = format!("![a]({})\n\n![b]({})\n", imported.address(), sent.address());
    let written = office.write(id, "", &to).await.unwrap();
    assert_eq!(written.refused, None);
    let shown = office.body(id).await.markdown;
    assert_eq!((stable_files(&shown), shown.matches("prod-files-secure").count()), (shown, 2));
}

#[tokio::test(start_paused = true)]
async fn a_missing_capability_is_named_for_bodies_too() {
    let all = Capabilities::full();
    let office = Office::with(Options::default(), all, |_| {}).await;
    let id = office.page_with(BODY).await;
    for (capabilities, name) in [
        (Capabilities { update: false, ..all }, "`update content`"),
        (Capabilities { read: false, ..all }, "`read content`"),
    ] {
        office.act(|notion, _| notion.set_capabilities("secret", capabilities));
        let error = match capabilities.read {
            true => office.write(id, BODY, "x").await.unwrap_err(),
            false => office.reader.body(id).await.unwrap_err(),
        };
        assert!(matches!(error, RemoteError::Auth { .. }), "{error:?}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
