//! The letters that accounts get. Plain text, and the links in it are whole addresses.

use crate::domain::accounts::Accounts;
use crate::mail::Letter;
use crate::token::Secret;

/// Sends a letter, later and elsewhere: how long that takes tells nobody whether the address is known.
pub(in crate::domain) fn send(accounts: &Accounts, to: &str, subject: &str, text: &str) {
    let sent = match Letter::new(to, subject, text) {
        Ok(letter) => accounts.mailer.send(letter).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = sent {
        tracing::error!(error, subject, "a letter cannot be sent");
    }
}

fn link(accounts: &Accounts, path: &str, secret: &Secret) -> String {
    accounts.address(&format!("{path}?token={}", secret.expose()))
}

pub(super) fn sign_up(accounts: &Accounts, to: &str, secret: &Secret) {
    let link = link(accounts, "/auth/verify-email", secret);
    let text = format!(
        "Somebody, probably you, signed up with this address. To confirm it, open\n\n{link}\n\nThe link works once, for 24 \
         hours. If it was not you, do nothing: without it there is no account.\n"
    );
    send(accounts, to, "Confirm your address", &text);
}

pub(super) fn known_already(accounts: &Accounts, to: &str, secret: &Secret) {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "Somebody, probably you, signed up with this address, which has an account already. If you forgot the password, \
         set a new one:\n\n{link}\n\nThe link works once, for an hour. If it was not you, do nothing: nothing has changed.\n"
    );
    send(accounts, to, "You have an account already", &text);
}

pub(super) fn set_password(accounts: &Accounts, to: &str, secret: &Secret) {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "Somebody, probably you, asked to set the password of your account. To do so, open\n\n{link}\n\nThe link works once, \
         for an hour. If it was not you, do nothing: your password stays as it is.\n"
    );
    send(accounts, to, "Set your password", &text);
}

pub(super) fn claim(accounts: &Accounts, to: &str, name: &str, secret: &Secret) {
    let link = link(accounts, "/auth/reset-password", secret);
    let text = format!(
        "What you wrote as {name} has moved to a new home. To take over the account that goes with it, choose a \
         password:\n\n{link}\n\nThe link works once, for 7 days.\n"
    );
    send(accounts, to, "Your account is ready", &text);
}

pub(super) fn change_email(accounts: &Accounts, to: &str, secret: &Secret) {
    let link = link(accounts, "/auth/verify-email", secret);
    let text = format!(
        "To make this the address of your account, open\n\n{link}\n\nThe link works once, for 24 hours. If you did not ask \
         for it, do nothing.\n"
    );
    send(accounts, to, "Confirm your new address", &text);
}

pub(super) fn email_changed(accounts: &Accounts, to: &str, new: &str) {
    let text = format!(
        "The address of your account was changed to {new}. If that was not you, whoever did it has your password: write to \
         those who look after this installation.\n"
    );
    send(accounts, to, "Your address was changed", &text);
}

pub(super) fn password_changed(accounts: &Accounts, to: &str) {
    let link = accounts.address("/auth/forgot-password");
    let text = format!(
        "The password of your account was changed, and other sessions were ended. If that was not you, set a new \
         one:\n\n{link}\n"
    );
    send(accounts, to, "Your password was changed", &text);
}
