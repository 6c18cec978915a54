//! The CDN that is told what changed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::reach;
use crate::cdn::{Cdn, CdnSettings, Provider};
use crate::config::{CdnProvider, Config};
use crate::domain::{cdn_purge, job};
use crate::error::Error;
use crate::outbound::Exchange;
use crate::store::Store;

/// How long a CDN may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may be on its way to the CDN after it was made.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

/// Whose CDN is in front of this installation, if there is one.
pub fn cdn_provider(config: &Config) -> Option<Provider> {
    match config.cdn.provider {
        CdnProvider::None => None,
        CdnProvider::Fastly => Some(Provider::Fastly),
        CdnProvider::Cloudflare => Some(Provider::Cloudflare),
    }
}

/// The CDN, if there is one.
pub fn cdn(config: &Config) -> Result<Option<Arc<Cdn>>, Error> {
    let Some(provider) = cdn_provider(config) else {
        return Ok(None);
    };
    let unusable = || Error::system("the CDN cannot be used");
    let url = config.cdn.api_url.as_deref().unwrap_or(provider.api());
    let missing = |name| unusable()(io::Error::other(format!("{name} is not set")));
    let settings = CdnSettings {
        provider,
        zone: config.cdn.zone.clone().ok_or_else(|| missing("cdn.zone"))?,
        token: config
            .cdn
            .token
            .as_ref()
            .map(|token| entity::Hidden(token.expose().to_owned()))
            .ok_or_else(|| missing("cdn.token"))?,
        api: url.parse().map_err(|cause| unusable()(io::Error::other(cause)))?,
        again_after: Duration::from_secs(config.limits.answer_seconds) + ON_ITS_WAY,
    };
    let exchange = Exchange::new(reach(config), TIMEOUT).map_err(|cause| unusable()(io::Error::other(cause)))?;
    Ok(Some(Arc::new(Cdn::new(settings, exchange))))
}

/// Has the CDN told what changed while it was not: by processes that knew of none, or by another version.
pub async fn tell_cdn(config: &Config, store: &Store) -> Result<(), Error> {
    if cdn_provider(config).is_none() {
        return Ok(());
    }
    let asking = async {
        let transaction = store.write().await?;
        job::enqueue(&transaction, cdn_purge::purge()).await?;
        transaction.commit().await
    };
    asking.await.map_err(Error::database("asking for a purge"))
}
