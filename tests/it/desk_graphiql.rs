//! An editor at GraphiQL, in a real browser: the ready queries take a post from its first word to the public.

use entity::membership::Role;
use serde_json::json;

use crate::support::browser::browse;
use crate::support::press::Press;

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_begins_publishes_and_changes_a_post_at_a_real_browser() {
    let press = Press::start().await;
    let ann = press.member("ann", Role::Editor).await;
    let arguments = vec![press.server.url("/graphql"), ann.jwt.clone(), press.id.clone()];
    let seen = browse("desk.mjs", arguments).await;
    assert_eq!(seen["problems"], json!([]), "{seen:#}");

    let begun = &seen["begun"]["data"]["postCreate"];
    assert_eq!(begun["userErrors"], json!([]), "{seen:#}");
    assert_eq!(begun["post"]["status"], "DRAFT");
    assert_eq!(seen["published"]["data"]["postPublish"]["post"]["status"], "PUBLISHED");
    let changed = &seen["changed"]["data"]["postUpdate"];
    assert_eq!(changed["userErrors"], json!([]), "{seen:#}");
    let both = &seen["both"]["data"]["post"];
    assert_eq!(
        (&both["title"], &both["draft"]["title"]),
        (&json!("First"), &json!("Second"))
    );

    let wrong = &seen["wrong"]["data"]["postUpdate"];
    assert_eq!(wrong["userErrors"][0]["field"], json!(["input", "title"]), "{wrong}");
    assert_eq!(wrong["userErrors"][0]["code"], "REQUIRED");
    let stale = &seen["stale"]["errors"][0]["extensions"];
    assert_eq!(stale["code"], "CONFLICT", "{stale}");
    assert_eq!(stale["currentVersion"], both["draft"]["version"]);

    let again = &seen["again"]["data"]["postPublish"]["post"];
    assert_eq!(
        (&again["title"], &again["status"]),
        (&json!("Second"), &json!("PUBLISHED"))
    );
    assert_eq!(seen["desk"]["data"]["viewer"]["user"]["displayName"], "ANN");
}
