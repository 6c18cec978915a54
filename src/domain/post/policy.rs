//! Who may work on posts. Authors look after their own, editors after everybody's; what goes public takes at least an
//! AUTHOR.

use entity::membership::Role;

use super::state::{Act, State};
use crate::domain::Viewer;
use crate::domain::policy::{Person, Standing, Verdict};
use crate::domain::scope::Scope;

const EDITOR: &str = "an EDITOR of the publication";
const WRITER: &str = "an author of the post, or an EDITOR of the publication";
const PUBLISHER: &str = "an AUTHOR of the post, or an EDITOR of the publication";

/// Writing at all, whatever the post: who may not learns that before anything of posts.
pub(super) fn may_write(viewer: Viewer) -> Verdict {
    let person = match viewer {
        Viewer::User(_) => Person::Account,
        Viewer::Operator => Person::Operator,
        Viewer::Anonymous | Viewer::Client(_) | Viewer::Preview(_) => Person::Stranger,
    };
    Standing::of(viewer, person).signed_in(Scope::Write)
}

/// Beginning a post.
pub fn may_create(who: Standing) -> Verdict {
    who.at_least(Role::Contributor, Scope::Write, "a member of the publication")
}

/// Changing the words of what nobody has let go public yet.
pub fn may_edit(who: Standing) -> Verdict {
    own_or_edited(who, Role::Contributor, WRITER)
}

/// Making public, or no longer; and whatever changes what is public, or will be.
pub fn may_publish(who: Standing) -> Verdict {
    own_or_edited(who, Role::Author, PUBLISHER)
}

/// Reviewing, pinning, erasing.
pub fn may_review(who: Standing) -> Verdict {
    who.at_least(Role::Editor, Scope::Write, EDITOR)
}

/// Any byline but one's own name alone on a new post, and every change of a byline.
pub fn may_name_authors(who: Standing) -> Verdict {
    may_review(who)
}

/// One act on a post in one state.
pub fn may(who: Standing, act: Act, state: State) -> Verdict {
    use entity::post::PostStatus::Scheduled;
    match act {
        // An editor let it go as it was.
        Act::Edit | Act::Discard if state.working() == Scheduled => may_publish(who),
        Act::Edit | Act::Submit | Act::Discard => may_edit(who),
        Act::Delete | Act::Restore | Act::Arrange if !state.is_known() && state.post != Scheduled => may_edit(who),
        Act::Publish
        | Act::Schedule
        | Act::Unschedule
        | Act::Unpublish
        | Act::Archive
        | Act::Delete
        | Act::Restore
        | Act::Arrange => may_publish(who),
        Act::RequestChanges | Act::Erase => may_review(who),
    }
}

fn own_or_edited(who: Standing, role: Role, needed: &'static str) -> Verdict {
    let role = if who.is_own { role } else { Role::Editor };
    who.at_least(role, Scope::Write, needed)
}
