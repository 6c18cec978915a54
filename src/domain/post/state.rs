//! What can be done to a post in which state, and what becomes of it. The page docs/desk.md is drawn from this.

use entity::post::PostStatus;

/// Where a post stands: the post that readers know, and the working copy beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// Where the post stands.
    pub post: PostStatus,
    /// Where its working copy stands: none, or a draft, in review or scheduled. Only what was made public has one.
    pub copy: Option<PostStatus>,
}

impl State {
    /// Public, without a working copy.
    pub const PUBLISHED: Self = Self {
        post: PostStatus::Published,
        copy: None,
    };
}

/// What is done to a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Its words, picture, tags or fields are changed.
    Edit,
    /// It is handed to the editors.
    Submit,
    /// It is handed back to its authors.
    RequestChanges,
    /// It goes public, or its working copy does.
    Publish,
    /// It shall go public later, or its working copy shall.
    Schedule,
    /// It shall not after all.
    Unschedule,
    /// It is taken back, to be a draft again.
    Unpublish,
    /// It is taken down, and kept as it is.
    Archive,
    /// Its working copy is dropped.
    Discard,
    /// It goes to the trash.
    Delete,
    /// It comes back from there.
    Restore,
    /// It is gone.
    Erase,
    /// Its slug, its authors, its place or whether it is pinned is changed: at once, since these are no part of a working
    /// copy.
    Arrange,
}

/// Why nothing can be done with what is in the trash.
pub(super) const IN_TRASH: &str = "It is in the trash: restore it first.";

/// What becomes of a post by an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands there.
    Stands(State),
    /// It is gone.
    Gone,
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 13] = [
        Self::Edit,
        Self::Submit,
        Self::RequestChanges,
        Self::Publish,
        Self::Schedule,
        Self::Unschedule,
        Self::Unpublish,
        Self::Archive,
        Self::Discard,
        Self::Delete,
        Self::Restore,
        Self::Erase,
        Self::Arrange,
    ];

    /// Its name on the page of the desk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Submit => "submit for review",
            Self::RequestChanges => "request changes",
            Self::Publish => "publish",
            Self::Schedule => "schedule",
            Self::Unschedule => "unschedule",
            Self::Unpublish => "unpublish",
            Self::Archive => "archive",
            Self::Discard => "discard the copy",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Erase => "erase",
            Self::Arrange => "arrange",
        }
    }
}

impl State {
    /// A post without a working copy.
    pub const fn plain(post: PostStatus) -> Self {
        Self { post, copy: None }
    }

    /// What was made public, with a working copy.
    pub const fn with_copy(post: PostStatus, copy: PostStatus) -> Self {
        Self { post, copy: Some(copy) }
    }

    /// All states.
    pub const ALL: [Self; 12] = {
        use PostStatus::{Archived, Draft, InReview, Published, Scheduled, Trashed};
        [
            Self::plain(Draft),
            Self::plain(InReview),
            Self::plain(Scheduled),
            Self::plain(Published),
            Self::with_copy(Published, Draft),
            Self::with_copy(Published, InReview),
            Self::with_copy(Published, Scheduled),
            Self::plain(Archived),
            Self::with_copy(Archived, Draft),
            Self::with_copy(Archived, InReview),
            Self::with_copy(Archived, Scheduled),
            Self::plain(Trashed),
        ]
    };

    /// Where what is being worked on stands: the working copy, or else the post.
    pub fn working(self) -> PostStatus {
        self.copy.unwrap_or(self.post)
    }

    /// Whether readers know the post as it is, so that its words change by way of a working copy.
    pub fn is_known(self) -> bool {
        matches!(self.post, PostStatus::Published | PostStatus::Archived)
    }

    /// What becomes of the post, or why that cannot be done to it.
    ///
    /// # Errors
    /// What is in the way, for people.
    pub fn after(self, act: Act) -> Result<Outcome, &'static str> {
        use PostStatus::{Archived, Draft, InReview, Published, Scheduled, Trashed};
        let stands = |post| Ok(Outcome::Stands(Self::plain(post)));
        let working = |status| {
            Ok(Outcome::Stands(match self.copy {
                Some(_) => Self::with_copy(self.post, status),
                None => Self::plain(status),
            }))
        };
        match (act, self.post, self.working()) {
            (Act::Restore, Trashed, _) | (Act::Unpublish, Published | Archived, _) => stands(Draft),
            (Act::Erase, Trashed, _) => Ok(Outcome::Gone),
            (Act::Restore, ..) => Err("It is not in the trash."),
            (Act::Erase, ..) => Err("Only what is in the trash can be erased: delete it first."),
            (_, Trashed, _) => Err(IN_TRASH),

            (Act::Edit, ..) if self.is_known() && self.copy.is_none() => {
                Ok(Outcome::Stands(Self::with_copy(self.post, Draft)))
            }
            (Act::Edit | Act::Arrange, ..) => Ok(Outcome::Stands(self)),
            (Act::Delete, ..) => stands(Trashed),

            (Act::Submit, _, Draft) => working(InReview),
            (Act::Submit, _, InReview) => Err("It is in review already."),
            (Act::Submit, _, Scheduled) => Err("It is scheduled: unschedule it first."),
            (Act::RequestChanges, _, InReview) | (Act::Unschedule, _, Scheduled) => working(Draft),
            (Act::RequestChanges, ..) => Err("It is not in review."),
            (Act::Schedule, _, Draft | InReview | Scheduled) => working(Scheduled),
            (Act::Unschedule, ..) => Err("It is not scheduled."),
            (Act::Submit | Act::Schedule, ..) => Err("Nothing was changed since it was published."),

            (Act::Publish, Published, Published) => Err("It is published, and nothing was changed since."),
            (Act::Publish, ..) => stands(Published),
            (Act::Unpublish, ..) => Err("It is not published."),
            (Act::Archive, Published, Scheduled) => Err("Its changes are scheduled: unschedule them first."),
            (Act::Archive, Published, _) => Ok(Outcome::Stands(Self { post: Archived, ..self })),
            (Act::Archive, Archived, _) => Err("It is archived already."),
            (Act::Archive, ..) => Err("Only what is published can be archived."),
            (Act::Discard, ..) if self.copy.is_some() => stands(self.post),
            (Act::Discard, ..) => Err("It has no working copy."),
        }
    }
}

/// A state as the page of the desk names it.
fn name(state: State) -> String {
    let status = |status: PostStatus| match status {
        PostStatus::Draft => "DRAFT",
        PostStatus::InReview => "IN_REVIEW",
        PostStatus::Scheduled => "SCHEDULED",
        PostStatus::Published => "PUBLISHED",
        PostStatus::Archived => "ARCHIVED",
        PostStatus::Trashed => "TRASHED",
    };
    match state.copy {
        None => status(state.post).to_owned(),
        Some(copy) => format!("{} + {}", status(state.post), status(copy)),
    }
}

/// The table of what becomes of a post, as Markdown: a row for each state, a column for each act.
pub fn transitions() -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut head = vec!["state".to_owned()];
    head.extend(Act::ALL.map(|act| act.name().to_owned()));
    let rule = vec!["---".to_owned(); head.len()];
    let rows = State::ALL.map(|state| {
        let mut cells = vec![name(state)];
        cells.extend(Act::ALL.map(|act| match state.after(act) {
            Ok(Outcome::Stands(next)) if next == state => "same".to_owned(),
            Ok(Outcome::Stands(next)) => name(next),
            Ok(Outcome::Gone) => "gone".to_owned(),
            Err(_) => "–".to_owned(),
        }));
        line(cells)
    });
    [line(head), line(rule)].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use PostStatus::{Archived, Draft, InReview, Published, Scheduled, Trashed};

    use super::*;

    /// What each act leads to, written by hand: the states in the order of [`State::ALL`], `-` for what cannot be done.
    /// d draft, r in review, s scheduled, P published, A archived, T trashed, and `Pd` published with a copy, and so on.
    const EXPECTED: [(Act, &str); 13] = [
        (Act::Edit, "d r s Pd Pd Pr Ps Ad Ad Ar As -"),
        (Act::Submit, "r - - - Pr - - - Ar - - -"),
        (Act::RequestChanges, "- d - - - Pd - - - Ad - -"),
        (Act::Publish, "P P P - P P P P P P P -"),
        (Act::Schedule, "s s s - Ps Ps Ps - As As As -"),
        (Act::Unschedule, "- - d - - - Pd - - - Ad -"),
        (Act::Unpublish, "- - - d d d d d d d d -"),
        (Act::Archive, "- - - A Ad Ar - - - - - -"),
        (Act::Discard, "- - - - P P P - A A A -"),
        (Act::Delete, "T T T T T T T T T T T -"),
        (Act::Restore, "- - - - - - - - - - - d"),
        (Act::Erase, "- - - - - - - - - - - gone"),
        (Act::Arrange, "d r s P Pd Pr Ps A Ad Ar As -"),
    ];

    fn letters(state: State) -> String {
        let letter = |status| match status {
            Draft => 'd',
            InReview => 'r',
            Scheduled => 's',
            Published => 'P',
            Archived => 'A',
            Trashed => 'T',
        };
        let copy = state.copy.map(letter);
        std::iter::once(letter(state.post)).chain(copy).collect()
    }

    #[test]
    fn each_act_leads_where_it_was_meant_to_from_each_state() {
        for (act, expected) in EXPECTED {
            let found = State::ALL.map(|state| match state.after(act) {
                Ok(Outcome::Stands(next)) => letters(next),
                Ok(Outcome::Gone) => "gone".to_owned(),
                Err(_) => "-".to_owned(),
            });
            assert_eq!(found.join(" "), expected, "{act:?}");
        }
        assert_eq!(EXPECTED.map(|(act, _)| act), Act::ALL);
    }

    #[test]
    fn no_act_leads_out_of_the_states_there_are() {
        for state in State::ALL {
            for act in Act::ALL {
                if let Ok(Outcome::Stands(next)) = state.after(act) {
                    assert!(State::ALL.contains(&next), "{state:?} {act:?}");
                }
            }
        }
    }

    #[test]
    fn the_page_of_the_desk_has_this_table() {
        let page = include_str!("../../../docs/desk.md");
        assert!(
            page.contains(&transitions()),
            "docs/desk.md should have this table:\n{}",
            transitions()
        );
    }
}
