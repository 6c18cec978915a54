//! A byline says who wrote a post: nobody but an editor puts another name there.

use entity::membership::Role;
use serde_json::{Value, json};

use crate::support::office::{Office, text};
use crate::support::people::Person;

/// The global id of somebody's user.
async fn user_of(office: &Office, person: Person) -> String {
    let data = office.gazette.done(person.viewer(), "{ viewer { user { id } } }").await;
    text(&data["viewer"]["user"]["id"])
}

async fn byline(office: &Office, post: &str) -> Value {
    let query = format!("{{ post(by: {{ id: \"{post}\" }}) {{ authors {{ username }} }} }}");
    office.gazette.done(office.editor.viewer(), &query).await["post"]["authors"].clone()
}

#[tokio::test]
async fn whoever_may_not_create_posts_for_others_does_not_change_a_byline() {
    let office = Office::new().await;
    let owner = office.gazette.member("owner", Role::Owner).await;
    let author = office.gazette.member("author", Role::Author).await;
    let owner = user_of(&office, owner).await;
    for person in [author, office.writer] {
        let own = user_of(&office, person).await;
        let create = |authors: &Value| {
            format!(
                "postCreate(input: {{ publicationId: \"{}\", title: \"The Press\", authorIds: {authors} }}) {{ post {{ id }} }}",
                office.publication
            )
        };
        let made = office
            .gazette
            .done(
                person.viewer(),
                &format!("mutation {{ it: {} }}", create(&json!([own]))),
            )
            .await;
        let post = text(&made["it"]["post"]["id"]);
        let signed = byline(&office, &post).await;
        let forged = [json!([owner]), json!([owner, own]), json!([own, owner])];
        for is_public in [false, true] {
            if is_public {
                office.publish(&post).await;
            }
            for authors in &forged {
                let set = format!("postUpdate(input: {{ id: \"{post}\", authorIds: {authors} }}) {{ post {{ id }} }}");
                for mutation in [set, create(authors)] {
                    let query = format!("mutation {{ it: {mutation} }}");
                    let (code, _) = office.gazette.denied(person.viewer(), &query).await;
                    assert_eq!(code, "FORBIDDEN", "{query}");
                }
                assert_eq!(byline(&office, &post).await, signed);
            }
        }
    }
}

#[tokio::test]
async fn a_co_author_does_not_take_another_off_the_byline() {
    let office = Office::new().await;
    let author = office.gazette.member("author", Role::Author).await;
    let (own, other) = (user_of(&office, author).await, user_of(&office, office.writer).await);
    let post = office.draft().await;
    let both = format!("id: \"{post}\", authorIds: [\"{other}\", \"{own}\"]");
    office.act(office.editor, "postUpdate", &both).await;
    let signed = json!([{ "username": "writer" }, { "username": "author" }]);
    assert_eq!(byline(&office, &post).await, signed);
    let alone =
        format!("mutation {{ postUpdate(input: {{ id: \"{post}\", authorIds: [\"{own}\"] }}) {{ post {{ id }} }} }}");
    assert_eq!(office.gazette.denied(author.viewer(), &alone).await.0, "FORBIDDEN");
    assert_eq!(byline(&office, &post).await, signed);
    // Sending the byline that is there already, as a form does, changes nothing.
    office.act(author, "postUpdate", &both).await;
}
