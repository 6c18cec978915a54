//! People with accounts, and what they get when they ask.

use async_graphql::{Request, Response};
use entity::membership::Role;
use entity::{ApiKeyId, Hidden, SessionId, UserId};
use quoin::domain::scope::{Scope, Scopes};
use quoin::domain::session::{self, Device, Grant};
use quoin::domain::{Actor, Credential, Viewer, member};
use serde_json::Value;

use super::Gazette;
use super::accounts::{account, hash};
use super::answer::data;

/// Everybody's password.
pub const PASSWORD: &str = "a long story about printing";

/// Somebody with an account, signed in.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub user: UserId,
    pub session: SessionId,
}

impl Person {
    /// They, at their own browser.
    pub fn viewer(self) -> Viewer {
        self.with(Scopes::ALL)
    }

    /// They, with a token that has these scopes alone.
    pub fn with(self, scopes: Scopes) -> Viewer {
        self.come(scopes, Credential::Session(self.session))
    }

    /// They, with a token that lacks one scope.
    pub fn without(self, scope: Scope) -> Viewer {
        self.with(Scopes::ALL.without(scope))
    }

    /// What acts for them with a key that has all that keys can have.
    pub fn by_key(self) -> Viewer {
        self.come(Scopes::of_keys(), Credential::ApiKey(ApiKeyId::new()))
    }

    fn come(self, scopes: Scopes, credential: Credential) -> Viewer {
        Viewer::User(Actor {
            user: self.user,
            scopes,
            credential,
        })
    }
}

impl Gazette {
    /// Somebody with an account, without a password.
    pub async fn person(&self, name: &str) -> Person {
        self.make(name, None, false).await
    }

    /// Somebody who signs in with [`PASSWORD`].
    pub async fn with_password(&self, name: &str) -> Person {
        let hash = hash(&self.accounts, PASSWORD).await;
        self.make(name, Some(hash), false).await
    }

    /// Somebody who looks after the installation.
    pub async fn administrator(&self, name: &str) -> Person {
        self.make(name, None, true).await
    }

    /// A member of the gazette.
    pub async fn member(&self, name: &str, role: Role) -> Person {
        let person = self.person(name).await;
        let transaction = self.store().write().await.unwrap();
        member::put(&transaction, self.publication, person.user, role)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        person
    }

    /// Another session of somebody.
    pub async fn sign_in(&self, user: UserId, user_agent: &str) -> Person {
        let transaction = self.store().write().await.unwrap();
        let device = Device::new(user_agent, "203.0.113.7");
        let tokens = session::start(&transaction, &self.accounts, Grant::own(user), &device)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        Person {
            user,
            session: tokens.session,
        }
    }

    async fn make(&self, name: &str, password: Option<Hidden>, is_administrator: bool) -> Person {
        let email = format!("{name}@people.example");
        let user = account(&self.accounts, &email, password, is_administrator).await;
        self.sign_in(user, "Browser/1").await
    }

    /// The whole answer that a viewer gets.
    pub async fn answer(&self, viewer: Viewer, query: &str) -> Response {
        self.api.execute(Request::new(query), viewer).await
    }

    /// What a viewer gets, without any error.
    pub async fn done(&self, viewer: Viewer, query: &str) -> Value {
        let answer = self.answer(viewer, query).await;
        assert!(answer.errors.is_empty(), "{query}: {:#?}", answer.errors);
        data(answer)
    }

    /// Code and message of the one error that a viewer gets.
    pub async fn denied(&self, viewer: Viewer, query: &str) -> (String, String) {
        let answer = self.answer(viewer, query).await;
        assert_eq!(answer.errors.len(), 1, "{query}: {answer:#?}");
        let error = serde_json::to_value(&answer.errors[0]).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        assert!(error["extensions"]["code"].is_string(), "{query}: {error:#}");
        (text(&error["extensions"]["code"]), text(&error["message"]))
    }

    /// Codes and fields of what is wrong with the input of a mutation, which did nothing.
    pub async fn problems(&self, viewer: Viewer, mutation: &str) -> Vec<(String, Value)> {
        let query = format!("mutation {{ it: {mutation} {{ userErrors {{ code message field }} }} }}");
        let data = self.done(viewer, &query).await;
        let problems = data["it"]["userErrors"].as_array().unwrap();
        let told = problems
            .iter()
            .map(|problem| (problem["code"].as_str().unwrap().to_owned(), problem["field"].clone()));
        told.collect()
    }
}
