//! The letters that accounts get. Plain text, and the links in it are whole addresses. They are written in the transaction
//! of the act that they tell of, and sent later and elsewhere: how long that takes tells nobody whether the address is
//! known.

use sea_orm::ConnectionTrait;

use crate::domain::accounts::Accounts;
use crate::domain::letter::{Posting, post};
use crate::domain::refusal::Refusal;
use crate::mail::Letter;
use crate::token::Secret;

/// Who gets a letter, and whether they do.
#[derive(Clone, Copy)]
pub(in crate::domain) struct Recipient<'a> {
    pub address: &'a str,
    pub posting: Posting,
}

impl<'a> From<&'a str> for Recipient<'a> {
    fn from(address: &'a str) -> Self {
        Self {
            address,
            posting: Posting::Sent,
        }
    }
}

/// Has a letter sent once the transaction is committed. One that cannot be written, to an address that letters cannot go
/// to, is told to the log: the act does not fail by it.
pub(in crate::domain) async fn send(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    subject: &str,
    text: &str,
) -> Result<(), Refusal> {
    match Letter::new(to.address, subject, text) {
        Ok(letter) => post(accounts, transaction, &letter, to.posting).await,
        Err(error) => {
            tracing::error!(%error, subject, "a letter cannot be sent");
            Ok(())
        }
    }
}

fn link(accounts: &Accounts, path: &str, secret: &Secret) -> String {
    accounts.address(&format!("{path}?token={}", secret.expose()))
}

pub(super) async fn sign_up(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    secret: &Secret,
) -> Result<(), Refusal> {
    let link = link(accounts, "/auth/verify-email", secret);
    let text = format!(
        "Somebody, probably you, signed up with this address. To confirm it, open\n\n{link}\n\nThe link works once, for 24 \
         hours. If it was not you, do nothing: without it there is no account.\n"
    );
    send(accounts, transaction, to, "Confirm your address", &text).await
}

pub(super) async fn known_already(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    secret: &Secret,
) -> Result<(), Refusal> {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "Somebody, probably you, signed up with this address, which has an account already. If you forgot the password, \
         set a new one:\n\n{link}\n\nThe link works once, for an hour. If it was not you, do nothing: nothing has changed.\n"
    );
    send(accounts, transaction, to, "You have an account already", &text).await
}

pub(super) async fn set_password(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    secret: &Secret,
) -> Result<(), Refusal> {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "Somebody, probably you, asked to set the password of your account. To do so, open\n\n{link}\n\nThe link works once, \
         for an hour. If it was not you, do nothing: your password stays as it is.\n"
    );
    send(accounts, transaction, to, "Set your password", &text).await
}

pub(super) async fn claim(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    name: &str,
    secret: &Secret,
) -> Result<(), Refusal> {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "What you wrote as {name} has moved to a new home. To take over the account that goes with it, choose a \
         password:\n\n{link}\n\nThe link works once, for 7 days.\n"
    );
    send(accounts, transaction, to, "Your account is ready", &text).await
}

pub(super) async fn change_email(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    secret: &Secret,
) -> Result<(), Refusal> {
    let link = link(accounts, "/auth/verify-email", secret);
    let text = format!(
        "To make this the address of your account, open\n\n{link}\n\nThe link works once, for 24 hours. If you did not ask \
         for it, do nothing.\n"
    );
    send(accounts, transaction, to, "Confirm your new address", &text).await
}

pub(super) async fn email_changed(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
    new: &str,
) -> Result<(), Refusal> {
    let text = format!(
        "The address of your account was changed to {new}. If that was not you, whoever did it has your password: write to \
         those who look after this installation.\n"
    );
    send(accounts, transaction, to, "Your address was changed", &text).await
}

pub(super) async fn password_changed(
    accounts: &Accounts,
    transaction: &impl ConnectionTrait,
    to: Recipient<'_>,
) -> Result<(), Refusal> {
    let link = accounts.address("/auth/forgot-password");
    let text = format!(
        "The password of your account was changed, and other sessions were ended. If that was not you, set a new \
         one:\n\n{link}\n"
    );
    send(accounts, transaction, to, "Your password was changed", &text).await
}
