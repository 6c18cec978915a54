//! The site without its texts, which are made while they are written: who wrote what when, and what hangs on it. All
//! in memory, so that every counter is exact before the first row is written.

use chrono::{DateTime, Utc};
use fastrand::Rng;
use uuid::{Builder, Uuid};

use crate::Sizes;

/// When the first article was begun: 2016-01-01.
const BEGIN: i64 = 1_451_606_400_000_000;
/// Ten years in microseconds: when the last was.
const SPAN: i64 = 315_576_000_000_000;
const MINUTE: i64 = 60_000_000;
/// Every how manieth person writes articles.
const READERS_PER_WRITER: usize = 25;
/// Categories at the top, and below each of them.
const TOPS: usize = 10;
const BELOW: usize = 4;
/// How many answers deep discussions go.
const DEEPEST: i32 = 5;

/// A whole site; things refer to each other by their places in these lists.
pub struct Site {
    pub publication: Uuid,
    pub begin: DateTime<Utc>,
    pub users: Vec<Uuid>,
    pub tags: Vec<Label>,
    pub categories: Vec<Label>,
    /// Oldest first.
    pub posts: Vec<Post>,
    pub comments: Vec<Comment>,
}

/// A tag or a category.
pub struct Label {
    pub id: Uuid,
    pub parent: Option<usize>,
    pub post_count: i32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    Listed,
    Unlisted,
    Draft,
}

pub struct Post {
    pub id: Uuid,
    pub created: DateTime<Utc>,
    pub state: State,
    pub authors: Vec<usize>,
    pub tags: Vec<usize>,
    pub categories: Vec<usize>,
    pub comment_count: i32,
}

pub struct Comment {
    pub id: Uuid,
    pub post: usize,
    pub parent: Option<usize>,
    /// None for a guest.
    pub author: Option<usize>,
    pub is_visible: bool,
    pub depth: i32,
    pub reply_count: i32,
    pub created: DateTime<Utc>,
}

impl Post {
    pub fn is_listed(&self) -> bool {
        self.state == State::Listed
    }
}

impl Site {
    pub fn new(sizes: &Sizes, random: &mut Rng) -> Self {
        let users: Vec<Uuid> = (0..sizes.users).map(|_| id(BEGIN, random)).collect();
        let mut tags: Vec<Label> = (0..sizes.tags).map(|_| label(None, random)).collect();
        let mut categories: Vec<Label> = (0..TOPS).map(|_| label(None, random)).collect();
        for below in 0..TOPS * BELOW {
            categories.push(label(Some(below % TOPS), random));
        }
        let mut posts: Vec<Post> = (0..sizes.posts)
            .map(|number| post(number, sizes, categories.len(), random))
            .collect();
        for post in posts.iter().filter(|post| post.is_listed()) {
            post.tags.iter().for_each(|tag| tags[*tag].post_count += 1);
            post.categories
                .iter()
                .for_each(|category| categories[*category].post_count += 1);
        }
        let comments = comments(sizes.comments, &mut posts, users.len(), random);
        Self {
            publication: id(BEGIN, random),
            begin: time(BEGIN),
            users,
            tags,
            categories,
            posts,
            comments,
        }
    }

    /// Rows of the three large tables.
    pub fn rows(&self) -> u64 {
        (self.users.len() + self.posts.len() + self.comments.len()) as u64
    }
}

fn label(parent: Option<usize>, random: &mut Rng) -> Label {
    Label {
        id: id(BEGIN, random),
        parent,
        post_count: 0,
    }
}

fn post(number: u32, sizes: &Sizes, categories: usize, random: &mut Rng) -> Post {
    let (number, posts) = (i64::from(number), i64::from(sizes.posts));
    let created = BEGIN + SPAN / posts * number + random.i64(0..SPAN / posts);
    let state = match number % 50 {
        7 => State::Draft,
        23 => State::Unlisted,
        _ => State::Listed,
    };
    let writers = (sizes.users as usize).div_ceil(READERS_PER_WRITER);
    let authors = if writers > 1 && random.u8(0..10) == 0 { 2 } else { 1 };
    let tags = random.usize(2..=5);
    let in_categories = random.usize(1..=2);
    Post {
        id: id(created, random),
        created: time(created),
        state,
        authors: random.choose_multiple(0..writers, authors),
        // The smaller of two draws: some tags are used much more than others.
        tags: distinct(tags, || {
            let all = 0..sizes.tags as usize;
            random.usize(all.clone()).min(random.usize(all))
        }),
        categories: random.choose_multiple(0..categories, in_categories),
        comment_count: 0,
    }
}

/// Different draws.
fn distinct(count: usize, mut draw: impl FnMut() -> usize) -> Vec<usize> {
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let next = draw();
        if !drawn.contains(&next) {
            drawn.push(next);
        }
    }
    drawn
}

/// Comments below listed articles, most of them below those that many read: a tenth of all, and the newest.
fn comments(count: u32, posts: &mut [Post], users: usize, random: &mut Rng) -> Vec<Comment> {
    let listed: Vec<usize> = (0..posts.len()).filter(|number| posts[*number].is_listed()).collect();
    let newest = posts.len() - (posts.len() / 100).max(50).min(posts.len());
    let popular: Vec<usize> = listed
        .iter()
        .copied()
        .filter(|number| number % 10 == 0 || *number >= newest)
        .collect();
    let mut below = vec![0; posts.len()];
    for _ in 0..count {
        let among = if random.u8(0..100) < 70 { &popular } else { &listed };
        if let Some(post) = random.choice(among) {
            below[*post] += 1;
        }
    }
    let mut comments: Vec<Comment> = Vec::with_capacity(count as usize);
    for (number, post) in posts.iter_mut().enumerate() {
        let (first, mut moment) = (comments.len(), post.created.timestamp_micros());
        for place in first..first + below[number] {
            moment += random.i64(MINUTE..600 * MINUTE);
            let parent = (place > first && random.u8(0..10) < 4)
                .then(|| random.usize(first..place))
                .filter(|parent| comments[*parent].depth < DEEPEST);
            let is_visible = random.u8(0..100) < 97;
            if is_visible {
                post.comment_count += 1;
                if let Some(parent) = parent {
                    comments[parent].reply_count += 1;
                }
            }
            comments.push(Comment {
                id: id(moment, random),
                post: number,
                parent,
                author: (random.u8(0..3) > 0).then(|| random.usize(0..users)),
                is_visible,
                depth: parent.map_or(0, |parent| comments[parent].depth + 1),
                reply_count: 0,
                created: time(moment),
            });
        }
    }
    comments
}

fn time(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
}

/// A UUID v7 of this moment.
fn id(microseconds: i64, random: &mut Rng) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    Builder::from_unix_timestamp_millis(microseconds.unsigned_abs() / 1000, &bytes).into_uuid()
}
