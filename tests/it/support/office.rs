//! An editorial office at work, over the API.

use entity::membership::Role;
use entity::revision;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use super::Gazette;
use super::people::Person;

/// A publication with somebody who writes, and somebody who edits.
pub struct Office {
    pub gazette: Gazette,
    pub writer: Person,
    pub editor: Person,
    pub publication: String,
}

impl Office {
    /// The gazette, with people.
    pub async fn new() -> Self {
        let gazette = Gazette::new().await;
        let (writer, editor) = (
            gazette.member("writer", Role::Contributor).await,
            gazette.member("editor", Role::Editor).await,
        );
        let publication = gazette.ask("{ publication { id } }").await;
        let publication = text(&publication["publication"]["id"]);
        Self {
            gazette,
            writer,
            editor,
            publication,
        }
    }

    /// What beginning a post with these fields gives.
    pub async fn begin(&self, fields: &str) -> Value {
        let mutation = format!(
            "mutation {{ it: postCreate(input: {{ publicationId: \"{}\", {fields} }}) {{ post {{ id slug status version
             title author {{ username }} }} userErrors {{ code field message }} }} }}",
            self.publication
        );
        self.gazette.done(self.writer.viewer(), &mutation).await["it"].clone()
    }

    /// A new page of this title.
    pub async fn begin_page(&self, title: &str) -> Value {
        let mutation = format!(
            "mutation {{ it: pageCreate(input: {{ publicationId: \"{}\", title: \"{title}\" }}) {{ page {{ id slug }} }} }}",
            self.publication
        );
        self.gazette.done(self.writer.viewer(), &mutation).await["it"]["page"].clone()
    }

    /// The id of a new draft.
    pub async fn draft(&self) -> String {
        let made = self.begin("title: \"The Press\", bodySource: \"First *words*.\"").await;
        text(&made["post"]["id"])
    }

    /// What a mutation of one post gives.
    pub async fn act(&self, person: Person, mutation: &str, input: &str) -> Value {
        let query = format!(
            "mutation {{ it: {mutation}(input: {{ {input} }}) {{ post {{ id title status version publishedAt
             draft {{ title status version }} }} userErrors {{ code field message }} }} }}"
        );
        let answer = self.gazette.done(person.viewer(), &query).await["it"].clone();
        assert_eq!(answer["userErrors"], json!([]), "{mutation} {input}");
        answer["post"].clone()
    }

    /// What the writer's change of these fields gives.
    pub async fn update(&self, id: &str, fields: &str) -> Value {
        self.act(self.writer, "postUpdate", &format!("id: \"{id}\", {fields}"))
            .await
    }

    /// What the editor's publishing gives.
    pub async fn publish(&self, id: &str) -> Value {
        self.act(self.editor, "postPublish", &format!("id: \"{id}\"")).await
    }

    /// A published post that has been changed since.
    pub async fn edited(&self) -> String {
        let id = self.draft().await;
        self.publish(&id).await;
        self.update(&id, "title: \"The New Press\", bodySource: \"Second words.\"")
            .await;
        id
    }

    /// How many revisions are listed.
    pub async fn revisions(&self) -> u64 {
        revision::Entity::find()
            .filter(revision::Column::SupersededAt.is_null())
            .count(self.gazette.store().read())
            .await
            .unwrap()
    }
}

/// A text in an answer.
pub fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
