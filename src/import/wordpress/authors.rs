//! Who wrote: the declared authors, logins that only items name, and guests of the Co-Authors Plus plugin.

use std::collections::{HashMap, HashSet};

use super::item::{Item, ItemTerm};
use crate::import::record::AuthorRecord;
use crate::import::text::{percent_decode, plain, web_address};

/// All authors of a site, found by any name that a file calls them.
#[derive(Debug, Default)]
pub(super) struct Authors {
    records: Vec<AuthorRecord>,
    by_name: HashMap<String, usize>,
    creators: Names,
    coauthors: Names,
    guests: HashMap<String, Guest>,
}

/// Distinct names in the order of their first use.
#[derive(Debug, Default)]
struct Names {
    list: Vec<(String, String)>,
    seen: HashSet<String>,
}

/// What the plugin knows of a guest.
#[derive(Debug)]
struct Guest {
    record: AuthorRecord,
    /// The login of the account that the guest belongs to.
    account: Option<String>,
}

impl Authors {
    /// Adds a `wp:author`; the first of a login counts.
    pub fn declare(&mut self, record: AuthorRecord) {
        if record.id.is_empty() || self.by_name.contains_key(&key(&record.id)) {
            return;
        }
        let index = self.records.len();
        self.by_name.insert(key(&record.id), index);
        // The plugin and addresses call people by the slug of their login.
        self.by_name.entry(slug::slugify(&record.id)).or_insert(index);
        self.records.push(record);
    }

    /// Notes who is named by an item that will be imported.
    pub fn note(&mut self, item: &Item) {
        self.creators.note(&item.creator, &item.creator);
        for term in coauthors(item) {
            self.coauthors.note(guest_login(term), &term.name);
        }
    }

    /// Notes a guest that the plugin keeps as an item of its own.
    pub fn note_guest(&mut self, item: &Item) {
        let field = |name: &str| item.meta(name).map(plain).filter(|value| !value.is_empty());
        let login = field("cap-user_login").unwrap_or_else(|| item.name.trim_start_matches("cap-").to_owned());
        let display_name = field("cap-display_name").unwrap_or_else(|| plain(&item.title));
        let record = AuthorRecord {
            id: login.clone(),
            username: login.clone(),
            display_name: if display_name.is_empty() {
                login.clone()
            } else {
                display_name
            },
            email: field("cap-user_email").filter(|address| address.contains('@')),
            bio: field("cap-description").unwrap_or_default(),
            website_url: field("cap-website").as_deref().and_then(web_address),
        };
        self.guests.insert(
            key(&login),
            Guest {
                record,
                account: field("cap-linked_account"),
            },
        );
    }

    /// Makes authors of the names that nothing declares, once everything was noted.
    pub fn finish(&mut self) {
        // Exports before 1.1 declare nobody. In later ones a login that is not declared is that of nobody.
        if self.records.is_empty() {
            for (login, _) in std::mem::take(&mut self.creators).list {
                self.declare(named(&login, &login));
            }
        }
        for (login, name) in std::mem::take(&mut self.coauthors).list {
            if self.known(&name).or_else(|| self.known(&login)).is_some() {
                continue;
            }
            let guest = self
                .guests
                .remove(&key(&login))
                .or_else(|| self.guests.remove(&key(&name)));
            let account = guest
                .as_ref()
                .and_then(|guest| guest.account.as_deref())
                .and_then(|login| self.known(login));
            if let Some(account) = account {
                self.by_name.insert(key(&login), account);
                continue;
            }
            let record = guest.map_or_else(|| named(&login, &name), |guest| guest.record);
            self.declare(AuthorRecord { id: login, ..record });
        }
        self.guests.clear();
    }

    /// The id of the author with that login.
    pub fn by_login(&self, login: &str) -> Option<&str> {
        let index = self.by_name.get(&key(login))?;
        Some(&self.records[*index].id)
    }

    /// The ids of an item's authors in byline order, each once.
    pub fn of(&self, item: &Item) -> Vec<String> {
        let creator = self.by_login(&item.creator);
        let coauthors = coauthors(item).filter_map(|term| {
            let index = self.known(&term.name).or_else(|| self.known(guest_login(term)))?;
            Some(self.records[index].id.as_str())
        });
        let mut seen = HashSet::new();
        creator
            .into_iter()
            .chain(coauthors)
            .filter(|id| seen.insert(*id))
            .map(str::to_owned)
            .collect()
    }

    /// The authors, each once, in the order of the file.
    pub fn records(&self) -> &[AuthorRecord] {
        &self.records
    }

    fn known(&self, name: &str) -> Option<usize> {
        self.by_name.get(&key(name)).copied()
    }
}

impl Names {
    fn note(&mut self, login: &str, name: &str) {
        if !login.is_empty() && self.seen.insert(key(login)) {
            self.list.push((login.to_owned(), plain(name)));
        }
    }
}

fn coauthors(item: &Item) -> impl Iterator<Item = &ItemTerm> {
    item.terms
        .iter()
        .filter(|term| term.domain.as_deref() == Some("author"))
}

fn guest_login(term: &ItemTerm) -> &str {
    let nicename = if term.nicename.is_empty() {
        term.name.trim()
    } else {
        &term.nicename
    };
    nicename.strip_prefix("cap-").unwrap_or(nicename)
}

fn named(login: &str, name: &str) -> AuthorRecord {
    let display_name = if name.is_empty() {
        percent_decode(login)
    } else {
        name.to_owned()
    };
    AuthorRecord {
        id: login.to_owned(),
        username: login.to_owned(),
        display_name,
        ..AuthorRecord::default()
    }
}

/// WordPress compares logins without regard to case.
fn key(login: &str) -> String {
    login.trim().to_lowercase()
}
