//! Whole sites as archives.

use std::future::pending;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use entity::comment::{CommentKind, CommentStatus};
use entity::{
    CategoryId, CommentId, Hidden, IdentityId, NavigationItemId, OauthClientId, category, comment, consent, identity,
    import_record, media, navigation_item, oauth_client, post, publication,
};
use quoin::archive::{self, ArchiveError, Manifest};
use quoin::domain::media::{Variant, by_id, variant};
use quoin::import::markdown::Markdown;
use quoin::import::{self, Options};
use quoin::store::files::FileStore;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;
use tempfile::TempDir;

use super::TestDb;
use super::office::{Office, text};
use super::site::Silent;

/// A site with something of everything: a desk at work, the sample, files, and rows that refer to later ones.
pub struct FullSite {
    pub office: Office,
    _folder: TempDir,
}

impl FullSite {
    pub async fn new() -> Self {
        Box::pin(Self::edited()).await
    }

    async fn edited() -> Self {
        let office = Office::new().await;
        office.edited().await;
        let trashed = office.draft().await;
        office
            .act(office.editor, "postDelete", &format!("id: \"{trashed}\""))
            .await;
        let preview = format!(
            "mutation {{ postPreviewCreate(input: {{ id: \"{}\" }}) {{ preview {{ id }} }} }}",
            office.draft().await
        );
        office.gazette.done(office.writer.viewer(), &preview).await;
        let made = office.begin("title: \"Later\", bodySource: \"Soon.\"").await;
        let scheduled = text(&made["post"]["id"]);
        let at = format!("id: \"{scheduled}\", publishAt: \"2027-06-01T12:00:00Z\"");
        office.act(office.editor, "postSchedule", &at).await;
        let folder = tempfile::tempdir().unwrap();
        for site in ["examples/press-and-paper", "tests/fixtures/markdown/hugo"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(site);
            let source = Box::new(Markdown::open(&path).unwrap());
            let files = FileStore::new(office.gazette.database.media().to_owned());
            let options = Options::default();
            import::run(
                office.gazette.store().clone(),
                files,
                source,
                &options,
                &mut Silent,
                pending(),
            )
            .await
            .unwrap();
        }
        let site = Self {
            office,
            _folder: folder,
        };
        site.odd_rows().await;
        site.many_rows().await;
        site.ways_in().await;
        site.smaller_picture().await;
        site
    }

    /// More rows than are read at once, with keys that people would put in another order than their bytes.
    async fn many_rows(&self) {
        let gazette = &self.office.gazette;
        let begins = ["a-", "B_", "ä", "Z", "z ", "\u{1f600}"];
        let rows = (0..2_100).map(|index| import_record::ActiveModel {
            publication_id: Set(gazette.publication),
            source: Set("https://old.example".to_owned()),
            kind: Set("post".to_owned()),
            external_id: Set(format!("{}{index}", begins[index % begins.len()])),
            target_id: Set(uuid::Uuid::nil()),
            digest: Set(String::new()),
            imported_at: Set(super::minute(5)),
        });
        import_record::Entity::insert_many(rows)
            .exec_without_returning(gazette.store().read())
            .await
            .unwrap();
    }

    /// A password, an identity at an outside provider, and an application that somebody let in.
    async fn ways_in(&self) {
        let gazette = &self.office.gazette;
        let write = gazette.store().read();
        let at = super::minute(4);
        let reader = gazette.with_password("reader").await;
        let row = identity::ActiveModel {
            id: Set(IdentityId::new()),
            user_id: Set(reader.user),
            issuer: Set("https://id.example".to_owned()),
            subject: Set("0x1F".to_owned()),
            email: Set(None),
            created_at: Set(at),
            last_used_at: Set(at),
        };
        row.insert(write).await.unwrap();
        let client = oauth_client::ActiveModel {
            id: Set(OauthClientId::new()),
            name: Set("Reading room".to_owned()),
            secret_digest: Set(Some(Hidden("c2VjcmV0".to_owned()))),
            redirect_uris: Set(json!(["https://room.example/back?a=1&b=2"])),
            scope: Set("read write".to_owned()),
            grant_types: Set("authorization_code".to_owned()),
            is_trusted: Set(false),
            created_by_id: Set(Some(reader.user)),
            created_at: Set(at),
            updated_at: Set(at),
        };
        let client = client.insert(write).await.unwrap();
        let row = consent::ActiveModel {
            user_id: Set(reader.user),
            client_id: Set(client.id),
            scope: Set("read".to_owned()),
            created_at: Set(at),
        };
        row.insert(write).await.unwrap();
    }

    /// A picture in another size.
    async fn smaller_picture(&self) {
        let library = &self.office.gazette.library;
        let picture = media::Entity::find()
            .filter(media::Column::FileName.eq("imposition.png"))
            .one(self.office.gazette.store().read())
            .await
            .unwrap()
            .unwrap();
        let picture = by_id(self.office.gazette.store().read(), picture.id).await.unwrap();
        let wanted = Variant::named("320", "webp").unwrap();
        variant(library, &picture.unwrap(), wanted).await.unwrap();
    }

    /// Rows whose parents come later, and JSON that databases keep in different ways.
    async fn odd_rows(&self) {
        let gazette = &self.office.gazette;
        let write = gazette.store().read();
        let at = super::minute(3);
        let ids = [CategoryId::new(), CategoryId::new()];
        for (index, parent) in [(1, None), (0, Some(ids[1]))] {
            let row = category::ActiveModel {
                id: Set(ids[index]),
                publication_id: Set(gazette.publication),
                parent_id: Set(parent),
                slug: Set(format!("odd-{index}")),
                name: Set("Ödd \u{1f600} \"quoted\" \\ \u{2028}".to_owned()),
                folded_name: NotSet,
                description: Set(String::new()),
                position: Set(0),
                post_count: Set(0),
                created_at: Set(at),
            };
            row.insert(write).await.unwrap();
        }
        let (early, late) = (CommentId::new(), CommentId::new());
        let post = gazette.post("odd", 5, |_| {}).await;
        for (id, parent) in [(late, None), (early, Some(late))] {
            let row = comment::ActiveModel {
                id: Set(id),
                post_id: Set(post),
                parent_id: Set(parent),
                author_id: Set(None),
                author_name: Set("Reader".to_owned()),
                author_email: Set(None),
                author_url: Set(None),
                kind: Set(CommentKind::Comment),
                status: Set(CommentStatus::Visible),
                body_source: Set("Yes".to_owned()),
                body_html: Set("<p>Yes</p>".to_owned()),
                depth: Set(i32::from(parent.is_some())),
                reply_count: Set(i32::from(parent.is_none())),
                created_at: Set(at),
                updated_at: Set(at),
            };
            row.insert(write).await.unwrap();
        }
        let item = navigation_item::ActiveModel {
            id: Set(NavigationItemId::new()),
            publication_id: Set(gazette.publication),
            menu: Set("main".to_owned()),
            position: Set(0),
            depth: Set(0),
            label: Set("Odd".to_owned()),
            url: Set(None),
            post_id: Set(Some(post)),
            tag_id: Set(None),
            category_id: Set(Some(ids[0])),
        };
        item.insert(write).await.unwrap();
        odd_json(&gazette.database).await;
        let schema =
            json!({ "type": "object", "properties": { "zoo": { "maxItems": 9.0, "default": [] }, "ab": true } });
        let row = publication::ActiveModel {
            id: Set(gazette.publication),
            custom_field_schema: Set(Some(schema)),
            ..Default::default()
        };
        row.update(write).await.unwrap();
    }

    /// The site as an archive.
    pub async fn export(&self, path: &Path) -> Manifest {
        export(&self.office.gazette.database, path).await
    }
}

/// Has the odd post JSON that databases keep in different ways.
pub async fn odd_json(database: &TestDb) {
    let write = database.store().read();
    let odd = post::Entity::find().filter(post::Column::Slug.eq("odd"));
    let mut row = odd.one(write).await.unwrap().unwrap().into_active_model();
    row.custom_fields = Set(json!({
        "zoo": [1.0, 100.0, -0.0, 0.1, 1e300, 1e17, 1.234_567_890_123_456_7e18, 5e-324, 1e-7],
        "ab": null, "b": { "y": "é", "x": [] }, "": 12_345_678_901_234_567_890_u64
    }));
    row.update(write).await.unwrap();
}

/// Has PostgreSQL order keys that are texts as people would, which a server may do everywhere.
pub async fn order_as_people_do(database: &TestDb) {
    let connection = database.store().read();
    if connection.get_database_backend() == DbBackend::Postgres {
        let column = "ALTER TABLE import_record ALTER COLUMN external_id TYPE varchar COLLATE \"en-x-icu\"";
        connection.execute_unprepared(column).await.unwrap();
    }
}

/// Writes what a database holds into an archive.
pub async fn export(database: &TestDb, path: &Path) -> Manifest {
    let files = FileStore::new(database.media().to_owned());
    let exported = archive::export(database.store(), &files, path, &mut |_, _| ())
        .await
        .unwrap();
    assert!(exported.lost.is_empty(), "{:?}", exported.lost);
    exported
}

/// Brings an archive into a database.
pub async fn bring(database: &TestDb, path: &Path) -> Result<(), ArchiveError> {
    let files = FileStore::new(database.media().to_owned());
    archive::import(database.store(), &files, path, &mut |_, _| ())
        .await
        .map(drop)
}

/// The entries of an archive: name and bytes.
pub fn entries(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(std::fs::File::open(path).unwrap());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (name, bytes)
    });
    entries.collect()
}

/// An archive of these entries, whatever their names.
pub fn packed(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, bytes) in entries {
        archive
            .write_all(&header(name, bytes.len() as u64, tar::EntryType::Regular))
            .unwrap();
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.extend_from_slice(&[0; 1024]);
    archive
}

/// The header of an entry.
pub fn header(name: &str, size: u64, kind: tar::EntryType) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(size);
    header.set_entry_type(kind);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// Every file below a folder.
pub fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(walkdir::DirEntry::into_path).collect()
}
