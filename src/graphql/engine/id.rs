//! Global ids: opaque to clients, and different for every object of the graph.

use async_graphql::ID;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::PostId;
use uuid::Uuid;

/// The types of the graph that have an id, with the byte that stands for each. A byte is never given away again: 10 and 19
/// are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum NodeType {
    /// A publication.
    Publication = 1,
    /// A user.
    User = 2,
    /// A post.
    Post = 3,
    /// A page.
    Page = 4,
    /// A tag.
    Tag = 5,
    /// A category.
    Category = 6,
    /// A series.
    Series = 7,
    /// A media item.
    Media = 8,
    /// A comment.
    Comment = 9,
    /// A session.
    Session = 11,
    /// An API key.
    ApiKey = 12,
    /// An identity at an outside provider.
    Identity = 13,
    /// An OAuth client.
    OauthClient = 14,
    /// An invitation.
    Invitation = 15,
    /// An event of the audit.
    AuditEvent = 16,
    /// A revision of a post.
    Revision = 17,
    /// A preview of a post.
    PreviewToken = 18,
    /// A job.
    Job = 20,
    /// A trusted document.
    TrustedDocument = 21,
}

const TYPES: [NodeType; 19] = [
    NodeType::Publication,
    NodeType::User,
    NodeType::Post,
    NodeType::Page,
    NodeType::Tag,
    NodeType::Category,
    NodeType::Series,
    NodeType::Media,
    NodeType::Comment,
    NodeType::Session,
    NodeType::ApiKey,
    NodeType::Identity,
    NodeType::OauthClient,
    NodeType::Invitation,
    NodeType::AuditEvent,
    NodeType::Revision,
    NodeType::PreviewToken,
    NodeType::Job,
    NodeType::TrustedDocument,
];

/// The global id of an object.
pub fn encode(node_type: NodeType, id: impl Into<Uuid>) -> ID {
    let mut bytes = [0; 17];
    bytes[0] = node_type as u8;
    bytes[1..].copy_from_slice(id.into().as_bytes());
    ID(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a global id stands for; none when it is not one of ours.
pub fn decode(id: &str) -> Option<(NodeType, Uuid)> {
    let bytes: [u8; 17] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
    let node_type = TYPES.into_iter().find(|node_type| *node_type as u8 == bytes[0])?;
    Some((node_type, Uuid::from_slice(&bytes[1..]).ok()?))
}

/// The id of a row, out of a global id that must stand for a `node_type`.
pub fn decode_as<I: From<Uuid>>(node_type: NodeType, id: &str) -> Option<I> {
    decode(id)
        .filter(|(found, _)| *found == node_type)
        .map(|(_, id)| id.into())
}

/// The id of a row that an input names. Of a global id that stands for something else it is all zeros, which nothing
/// has: the verb then says who may not, before it says that there is no such thing.
pub fn given<I: From<Uuid>>(node_type: NodeType, id: &str) -> I {
    decode_as(node_type, id).unwrap_or_else(|| Uuid::nil().into())
}

/// The id of a post that an input names by the id of a post or of a page; as [`given`]. The domain says which it must be.
pub fn given_post(id: &str) -> PostId {
    match decode(id) {
        Some((NodeType::Post | NodeType::Page, id)) => id.into(),
        _ => Uuid::nil().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_as_what_it_was() {
        let id = Uuid::now_v7();
        for node_type in TYPES {
            assert_eq!(decode(&encode(node_type, id)), Some((node_type, id)));
        }
    }

    #[test]
    fn foreign_ids_are_nobody() {
        let unknown_type = URL_SAFE_NO_PAD.encode([255; 17]);
        for id in ["", "1", "cGxhaW4", "🦀", unknown_type.as_str(), &"A".repeat(10_000)] {
            assert_eq!(decode(id), None, "{id}");
        }
        let post = encode(NodeType::Post, Uuid::now_v7());
        assert_eq!(decode_as::<Uuid>(NodeType::Tag, &post), None);
    }
}
