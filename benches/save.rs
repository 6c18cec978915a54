//! What saving a long post costs: `cargo bench --bench save`. The floor is rendering the same Markdown alone; all are measured
//! in one run, in turns, on SQLite, and on PostgreSQL too where `QUOIN_TEST_POSTGRES` names a server that may be thrown away.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod installation;

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use entity::membership::Role;
use entity::post::PostKind;
use entity::{PostId, SessionId, revision};
use quoin::app;
use quoin::domain::accounts::Accounts;
use quoin::domain::post::{self, NewPost, PostChange};
use quoin::domain::publication::{self, NewPublication};
use quoin::domain::scope::Scopes;
use quoin::domain::user::{Profile, create_byline};
use quoin::domain::{Actor, Credential, Viewer, member, render};
use quoin::store::{Store, connect};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// How many times are taken of each; the middle one counts.
const ROUNDS: usize = 31;
/// Bytes of the text.
const LENGTH: usize = 100_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    runtime.block_on(run());
}

async fn run() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = text(1);
    let rendered = render::finish(&render::markdown(&text), &|_| None);
    println!(
        "{} bytes of Markdown, {} of HTML, {} headings, {} links, median of {ROUNDS} rounds",
        text.len(),
        rendered.html.len(),
        rendered.headings.len(),
        rendered.links.len(),
    );
    let sqlite = format!("sqlite://{}", folder.path().join("quoin.db").display());
    measure("SQLite", &sqlite, folder.path()).await;
    if let Ok(server) = std::env::var("QUOIN_TEST_POSTGRES") {
        let server = server.trim_end_matches('/').to_owned();
        let name = format!("quoin_bench_{}", entity::PostId::new().to_string().replace('-', ""));
        let administration = connect(&format!("{server}/postgres"), 1)
            .await
            .expect("the server answers");
        let create = format!("CREATE DATABASE {name}");
        administration.execute_unprepared(&create).await.unwrap();
        measure("PostgreSQL", &format!("{server}/{name}"), folder.path()).await;
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        administration.execute_unprepared(&drop).await.unwrap();
    }
}

async fn measure(database: &str, url: &str, folder: &Path) {
    let desk = Desk::open(url, folder).await;
    let (alone, together) = (desk.begin().await, desk.begin().await);
    let [ann, ben] = desk.people;
    // Each save has another text, as every save of somebody who types has.
    let texts = [text(2), text(3)];
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut statements: [Vec<usize>; 3] = Default::default();
    for round in 0..=ROUNDS {
        let text = &texts[round % 2];
        let begun = Instant::now();
        black_box(render::finish(&render::markdown(black_box(text)), &|_| None));
        let floor = begun.elapsed();
        let collapsed = desk.save(ann, alone, text).await;
        let added = desk.save([ann, ben][round % 2], together, text).await;
        if round > 0 {
            // The first round warms what everybody keeps, and begins the sitting.
            for (at, (time, count)) in [(floor, 0), collapsed, added].into_iter().enumerate() {
                times[at].push(time);
                statements[at].push(count);
            }
        }
    }
    assert_eq!(desk.revisions(alone).await, 1);
    assert_eq!(desk.revisions(together).await, 1 + ROUNDS as u64);
    let [floor, collapsed, added] = times.map(median);
    let statements = statements.map(median);
    println!(
        "\n{database:34} {:>10} {:>12} {:>12}",
        "median", "of the floor", "statements"
    );
    for (name, time, statements) in [
        ("rendering alone: the floor", floor, statements[0]),
        ("a save within five minutes", collapsed, statements[1]),
        ("a save that is a new revision", added, statements[2]),
    ] {
        let ratio = time.as_secs_f64() / floor.as_secs_f64();
        println!(
            "{name:34} {:>7.2} ms {ratio:>11.2}x {statements:>12}",
            time.as_secs_f64() * 1e3
        );
    }
}

fn median<T: Ord + Copy>(mut of: Vec<T>) -> T {
    of.sort();
    of[of.len() / 2]
}

/// A publication with two editors.
struct Desk {
    accounts: Accounts,
    publication: entity::PublicationId,
    people: [Viewer; 2],
    statements: Arc<AtomicUsize>,
}

impl Desk {
    async fn open(url: &str, folder: &Path) -> Self {
        let statements = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&statements);
        let mut connection = connect(url, 4).await.unwrap();
        connection.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let store = Store::new(connection);
        app::migrate(&store).await.unwrap();
        let accounts = installation::accounts(store, folder).await;
        let transaction = accounts.store.write().await.unwrap();
        let mut people = Vec::new();
        for name in ["ann", "ben"] {
            let profile = Profile {
                display_name: name.into(),
                email: Some(format!("{name}@quoin.test")),
                bio: String::new(),
                website_url: None,
            };
            people.push(create_byline(&transaction, name, profile).await.unwrap());
        }
        let new = NewPublication {
            slug: "gazette".into(),
            title: "The Gazette".into(),
            tagline: String::new(),
            language: "en".into(),
            site_url: None,
            owner: people[0],
        };
        let publication = publication::create(&transaction, new).await.unwrap();
        member::put(&transaction, publication, people[1], Role::Editor)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let viewer = |at: usize| {
            Viewer::User(Actor {
                user: people[at],
                scopes: Scopes::ALL,
                credential: Credential::Session(SessionId::new()),
            })
        };
        Self {
            accounts,
            publication,
            people: [viewer(0), viewer(1)],
            statements,
        }
    }

    /// A draft of the first of the two.
    async fn begin(&self) -> PostId {
        let new = NewPost {
            publication: self.publication,
            kind: PostKind::Article,
            change: PostChange {
                title: Some("The Press".into()),
                source: Some(text(1)),
                ..PostChange::default()
            },
        };
        post::create(&self.accounts, self.people[0], new).await.unwrap().id
    }

    /// How many revisions of a post are listed.
    async fn revisions(&self, post: PostId) -> u64 {
        let all = revision::Entity::find()
            .filter(revision::Column::PostId.eq(post))
            .filter(revision::Column::SupersededAt.is_null());
        all.count(self.accounts.store.read()).await.unwrap()
    }

    /// How long a save takes, and how many statements.
    async fn save(&self, viewer: Viewer, post: PostId, text: &str) -> (Duration, usize) {
        let change = PostChange {
            source: Some(text.to_owned()),
            ..PostChange::default()
        };
        self.statements.store(0, Ordering::Relaxed);
        let begun = Instant::now();
        post::update(&self.accounts, viewer, post, None, change).await.unwrap();
        (begun.elapsed(), self.statements.load(Ordering::Relaxed))
    }
}

/// Words of a language that there is not, as long and as frequent as ours.
const SYLLABLES: &[&str] = &[
    "an", "ber", "co", "den", "e", "for", "gra", "hal", "in", "jo", "ke", "lo", "mar", "no", "o", "pres", "qui", "ro",
    "ser", "ti", "u", "ver", "wo", "ye",
];

/// A long post: sections of paragraphs with emphasis, links and code in them, lists, quotes, tables, pictures and listings.
fn text(seed: u64) -> String {
    let mut chance = Chance(seed);
    let mut text = String::with_capacity(LENGTH + 2_000);
    while text.len() < LENGTH {
        let _ = write!(text, "## {}\n\n", chance.words(4));
        for _ in 0..3 + chance.below(3) {
            match chance.below(12) {
                0 => {
                    for _ in 0..4 + chance.below(4) {
                        let _ = writeln!(text, "- {}", chance.sentence());
                    }
                }
                1 => {
                    let _ = writeln!(text, "> {}", chance.sentence());
                }
                2 => {
                    let (alt, name) = (chance.words(5), chance.below(900));
                    let _ = writeln!(
                        text,
                        "![{alt}](https://pictures.example/{name}.jpg \"{}\")",
                        chance.words(3)
                    );
                }
                3 => {
                    let (name, words) = (chance.word(), chance.words(3));
                    let number = chance.below(1_000);
                    let _ = writeln!(
                        text,
                        "```rust\n/// {words}.\nfn {name}(count: usize) -> Option<String> {{\n    \
                         let text = \"{words}\";\n    (count > {number}).then(|| text.to_owned())\n}}\n```"
                    );
                }
                4 => {
                    text.push_str("| name | number |\n| --- | ---: |\n");
                    for _ in 0..4 {
                        let _ = writeln!(text, "| {} | {} |", chance.words(2), chance.below(1_000));
                    }
                }
                _ => {
                    for _ in 0..3 + chance.below(5) {
                        text.push_str(&chance.sentence());
                        text.push(' ');
                    }
                    text.push('\n');
                }
            }
            text.push('\n');
        }
    }
    text
}

/// The same numbers in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end
    }

    fn word(&mut self) -> String {
        let syllables = 1 + self.below(3);
        (0..syllables).map(|_| SYLLABLES[self.below(SYLLABLES.len())]).collect()
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| self.word()).collect();
        words.join(" ")
    }

    /// A sentence; one of four has something in it.
    fn sentence(&mut self) -> String {
        let (begin, end) = (3 + self.below(7), 3 + self.below(7));
        let (begin, middle, end) = (self.words(begin), self.words(2), self.words(end));
        let middle = match self.below(16) {
            0 => format!("[{middle}](https://{}.example/{})", self.word(), self.below(9_000)),
            1 => format!("*{middle}*"),
            2 => format!("**{middle}**"),
            3 => format!("`{middle}`"),
            _ => middle,
        };
        format!("{begin} {middle} {end}.")
    }
}
