//! Members of publications, and the roles of viewers.

use std::borrow::Cow;

use super::guarded::GuardedList;
use crate::domain::member::policy;
use crate::domain::page::{Position, SortKind};
use crate::domain::policy::{Person, Standing};
use crate::graphql::engine::{Fields, Listed, LookAhead, Object, PageArguments};
use crate::graphql::error::Result;
use crate::graphql::member::{Member, MemberCount, MemberList, Role};
use crate::graphql::publication::PublicationById;
use crate::graphql::user::Byline;

impl Object for Member {
    const DESCRIPTION: &'static str = "Membership of a user in a publication.";

    fn type_name() -> Cow<'static, str> {
        "Member".into()
    }

    fn fields(fields: &mut Fields<Self>) {
        fields.required("user", "User who is the member.", Byline, |member| member.0.user_id);
        fields.required(
            "publication",
            "Publication of the membership.",
            PublicationById,
            |member| member.0.publication_id,
        );
        fields.value("role", "Role in the publication.", |member| Role::from(member.0.role));
        fields.value("createdAt", "Time when the user joined.", |member| member.0.created_at);
    }
}

impl Listed for Member {
    type Order = ();

    fn order_key((): ()) -> (&'static str, SortKind) {
        ("c", SortKind::Time)
    }

    fn position(&self, (): ()) -> Position {
        self.0.position()
    }
}

impl GuardedList for MemberList {
    type Node = Member;
    type Count = MemberCount;

    fn order(&self) {}

    fn count(&self) -> MemberCount {
        MemberCount
    }
}

/// The list of members that the arguments ask for.
pub(super) fn list(page: &PageArguments, look_ahead: &LookAhead) -> Result<MemberList> {
    page.request::<Member>((), look_ahead).map(MemberList)
}

/// The role of somebody who is a member and may see so.
pub(super) fn role_of(who: Standing) -> Option<Role> {
    match who.person {
        Person::Member(role) if policy::may_see(who).is_ok() => Some(role.into()),
        _ => None,
    }
}
