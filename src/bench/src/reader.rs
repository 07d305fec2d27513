//! People who look at pages, made by command and signed in: each is known by the cookie of its session.

use anyhow::{Context, Result};

use crate::http::{Connection, form_request};
use crate::installation::Installation;
use crate::traffic::customer;

/// A member of customer `number` who may only look.
pub(crate) async fn member(installation: &Installation, number: u64) -> Result<String> {
    let key = customer(number);
    let email = format!("reader@{key}.example");
    let who = ["member", "create", "--customer", &key, "--role", "viewer"];
    sign_in(installation, &who, &email).await
}

/// An administrator of the vendor.
pub(crate) async fn administrator(installation: &Installation) -> Result<String> {
    let who = ["staff", "create", "--role", "administrator"];
    sign_in(installation, &who, "staff@vendor.example").await
}

/// Makes a person, as whom the command `who` says, and signs in; gives the session's cookie.
async fn sign_in(installation: &Installation, who: &[&str], email: &str) -> Result<String> {
    let words = [who, &["--email", email, "--name", "Reader"]].concat();
    let password = installation.answer(&words)?;
    let form = format!("email={}&password={password}", email.replace('@', "%40"));
    let mut connection = Connection::open(installation.address).await?;
    let answer = connection.exchange(&form_request("/actions/sign-in", &form)).await?;
    let answer = answer.expect(&[302, 303])?;
    let cookie = answer.header("set-cookie").context("signing in gives a cookie")?;
    Ok(cookie.split(';').next().unwrap_or(cookie).to_owned())
}
