use std::fmt::{Debug, Formatter};
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Location;
use object_store::signer::Signer;
use object_store::{BackoffConfig, ClientOptions, Error, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart};
use tempfile::NamedTempFile;
use tokio::io::AsyncReadExt;
use url::Url;

/// Bytes of one part of a large file; S3 takes at most 10,000 parts of a file, none but the last below 5 MiB.
const PART: usize = 16 * 1024 * 1024;
/// Parts that travel at once.
const PARTS_AT_ONCE: usize = 2;
/// How long the bucket's server may take to be reached, and between two bytes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a bucket is, and how it is opened.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The server, when it is not Amazon's.
    pub endpoint: Option<String>,
    /// Who we are there; none: what the machine was given for that (AWS's variables, or its role).
    pub secrets: Option<Secrets>,
    /// What stands before every key; may be empty.
    pub prefix: String,
}

/// Who we are to the server of a bucket.
#[derive(Clone)]
pub struct Secrets {
    /// The id of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
}

impl Debug for Secrets {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secrets")
    }
}

/// Opens a bucket; nothing is sent yet.
pub fn client(settings: &BucketSettings) -> io::Result<AmazonS3> {
    let builder = match &settings.secrets {
        Some(secrets) => AmazonS3Builder::new()
            .with_access_key_id(&secrets.access_key_id)
            .with_secret_access_key(&secrets.secret_access_key),
        None => AmazonS3Builder::from_env(),
    };
    let builder = match &settings.endpoint {
        Some(endpoint) => builder
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_virtual_hosted_style_request(false),
        None => builder,
    };
    let is_plain = settings
        .endpoint
        .as_deref()
        .is_some_and(|url| url.starts_with("http://"));
    let client = ClientOptions::new()
        .with_allow_http(is_plain)
        .with_connect_timeout(PATIENCE)
        .with_read_timeout(PATIENCE)
        // The whole of a large file takes as long as it takes.
        .with_timeout_disabled();
    let retry = RetryConfig {
        backoff: BackoffConfig {
            max_backoff: Duration::from_secs(1),
            ..BackoffConfig::default()
        },
        max_retries: 2,
        retry_timeout: 2 * PATIENCE,
    };
    builder
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_client_options(client)
        .with_retry(retry)
        .build()
        .map_err(io::Error::other)
}

/// Sends a file, a few parts at a time.
pub async fn send(objects: &dyn ObjectStore, location: &Location, file: NamedTempFile) -> io::Result<()> {
    let mut reader = tokio::fs::File::from_std(file.reopen()?);
    let first = part(&mut reader).await?;
    if first.len() < PART {
        objects.put(location, first.freeze().into()).await?;
        return Ok(());
    }
    let mut writer = WriteMultipart::new_with_chunk_size(objects.put_multipart(location).await?, PART);
    let sent = async {
        let mut next = first;
        while !next.is_empty() {
            writer.wait_for_capacity(PARTS_AT_ONCE).await?;
            writer.put(next.freeze());
            next = part(&mut reader).await?;
        }
        Ok(())
    };
    match sent.await {
        Ok(()) => {
            writer.finish().await?;
            Ok(())
        }
        Err(error) => {
            writer.abort().await?;
            Err(error)
        }
    }
}

/// The next part; shorter at the end.
async fn part(reader: &mut tokio::fs::File) -> io::Result<BytesMut> {
    let mut part = BytesMut::with_capacity(PART);
    while part.len() < PART {
        if reader.read_buf(&mut part).await? == 0 {
            break;
        }
    }
    Ok(part)
}

/// An address to which a file may be PUT.
pub async fn put_address(client: &AmazonS3, location: &Location, lifetime: Duration) -> io::Result<Url> {
    let signed = client.signed_url(reqwest::Method::PUT, location, lifetime).await;
    signed.map_err(io::Error::from)
}

/// Looks for what is not there: who is let in learns so.
pub async fn probe(objects: &dyn ObjectStore, location: &Location) -> Result<(), String> {
    match objects.head(location).await {
        Ok(_) | Err(Error::NotFound { .. }) => Ok(()),
        // Their texts repeat what was signed and by whom.
        Err(Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => {
            Err("it does not let us in: correct the keys, or give them the right to list the bucket".to_owned())
        }
        Err(error) => {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            Err(cause.to_string().replace('\n', " "))
        }
    }
}
